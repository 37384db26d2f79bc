// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.PreparedOnBackend;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.RowShape;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a client gets no rows of another shape than it was told. What it was told holds until the tenant's schema
 * changes: by a flip, or by DDL that the proxy has seen. Then, before the statement is executed for the first time, its
 * backend is asked for the shape once more, and the client is held until the answer has come. A client that describes each
 * portal before it executes it needs none of this, and one that is told nothing neither.
 *
 * <p>A Bind that names a format for each of several columns says how many the client expects. It is checked before it is sent: the
 * server's own error for it is none that a driver knows.
 *
 * <p>Drivers know the server's own error for such a case by its SQLSTATE and routine, and prepare the statement again, unseen
 * by the application. So ours has the same two.
 */
final class ResultShapes {
    private static final String SQL_STATE = "0A000";
    private static final String ROUTINE = "RevalidateCachedQuery";

    private final SessionContext context;
    private final Conversation conversation;

    /** The statement whose shape the backend is asked for. */
    private @Nullable Variant asked;

    /** The statement whose shape the backend has told last, and this shape. */
    private @Nullable Variant answered;

    private RowShape answer = RowShape.NO_ROWS;
    private long answerAsOf;
    private boolean toldAny;
    private long toldFirstAsOf;

    ResultShapes(SessionContext context, Conversation conversation) {
        this.context = context;
        this.conversation = conversation;
    }

    /** Whether a statement of the session may be in doubt: the schema has changed since the session was first told a shape. */
    boolean mayDoubt() {
        return toldAny && toldFirstAsOf != context.routing.schemaChangedAt();
    }

    /** Whether an Execute must wait until the backend has said what shape its result has. Asks, if need be. */
    boolean mustWait(Running running, String portal) {
        Variant variant = context.portals.get(portal);
        return variant != null && inDoubt(portal, variant) && mustAsk(running, variant);
    }

    /**
     * Whether a Bind of a statement in doubt must wait until the backend has said what shape its result has. Asks, if need be.
     *
     * @param formats how many columns it names a format for
     */
    boolean mustWait(Running running, Variant variant, int formats) {
        return formats > 1 && mustAsk(running, variant);
    }

    private boolean mustAsk(Running running, Variant variant) {
        if (!describable(running, variant)) {
            return false;
        }
        if (known(running, variant) != null) {
            return false;
        }
        if (asked != variant) {
            asked = variant;
            Messages.describeStatement(
                    conversation.message(conversation.awaited().injectedDescribe(variant)), variant.serverName());
            conversation.sendFlush();
        }
        return true;
    }

    /** The error for an Execute whose result is not what the client was sent; null if it may run. */
    @Nullable ErrorFields changed(Running running, String portal, Variant variant) {
        if (!inDoubt(portal, variant)) {
            return null;
        }
        RowShape now = known(running, variant);
        ClientStatement statement = variant.statement();
        RowShape told = statement.told();
        if (now == null || told == null) {
            return null;
        }
        String difference = told.difference(now);
        if (difference == null) {
            context.portals.described(portal);
            statement.confirmed(context.routing.schemaChangedAt());
            return null;
        }
        return error(statement, running.route(), difference);
    }

    /**
     * The error for a Bind of a statement in doubt that names formats for columns that its result does not have; null if it fits, or
     * nothing is known.
     */
    @Nullable ErrorFields misfit(Running running, Variant variant, int formats) {
        ClientStatement statement = variant.statement();
        RowShape told = statement.told();
        if (formats < 2 || told == null) {
            return null;
        }
        RowShape now = known(running, variant);
        String difference = now == null || now.columns() == formats ? null : told.difference(now);
        return difference == null ? null : error(statement, running.route(), difference);
    }

    /** The client gets the answer to its Describe. */
    void described(Running running, Variant variant, byte type, ByteBuf in, int start, int length) {
        ClientStatement statement = variant.statement();
        long now = context.routing.schemaChangedAt();
        if (statement.toldAsOf(now)) {
            return;
        }
        statement.told(seen(running, variant, type, in, start, length), running.route(), now);
        if (!toldAny) {
            toldAny = true;
            toldFirstAsOf = now;
        }
    }

    /** The answer to our own Describe has come. */
    void answered(Running running, Variant variant, byte type, ByteBuf in, int start, int length) {
        answered = variant;
        answer = seen(running, variant, type, in, start, length);
        answerAsOf = context.routing.schemaChangedAt();
        asked = null;
    }

    private static RowShape seen(Running running, Variant variant, byte type, ByteBuf in, int start, int length) {
        boolean counts = variant.sent() != null && variant.sent().countsRows();
        RowShape shape = counts ? RowShape.NO_ROWS : RowShape.of(type, in, start, length);
        if (variant.key() != null) {
            running.backend().prepared().shape(variant.key(), shape);
        }
        return shape;
    }

    /** Our own Describe is not answered: something before it has failed. */
    void unanswered() {
        asked = null;
    }

    /** Whether the error says that the server has the statement from before a change of its tables. */
    static boolean outdated(ErrorFields error) {
        return error.sqlState().equals(SQL_STATE) && ROUTINE.equals(error.get(ErrorFields.ROUTINE));
    }

    /**
     * What a client is sent in place of such an error. It is the same where the client itself has prepared the statement on
     * this backend: any server would refuse it. Where another session had, before the client's own Parse, none would.
     */
    static ErrorFields outdated(ClientStatement statement, Route route, ErrorFields error) {
        return statement.wasFound()
                ? error(
                        statement,
                        "Tenant \"" + route.tenant()
                                + "\": its tables were changed past the proxy, after another session had"
                                + " prepared the same statement on this connection to the server.")
                : error;
    }

    private boolean inDoubt(String portal, Variant variant) {
        return variant.statement().inDoubt(context.routing.schemaChangedAt()) && !context.portals.isDescribed(portal);
    }

    /** Whether the backend can be asked: it still has the statement, and does not refuse everything. */
    private boolean describable(Running running, Variant variant) {
        PreparedOnBackend prepared = running.backend().prepared();
        boolean there = variant.key() == null
                ? prepared.unnamed() == variant
                : prepared.presence(variant.key(), conversation.cycle().number()) == Presence.PRESENT;
        boolean aborted = running.backend().transactionStatus() == BackendMessage.FAILED && conversation.answered();
        return there && !aborted;
    }

    private @Nullable RowShape known(Running running, Variant variant) {
        if (variant == answered && answerAsOf == context.routing.schemaChangedAt()) {
            return answer;
        }
        return variant.key() == null ? null : running.backend().prepared().shape(variant.key());
    }

    private static ErrorFields error(ClientStatement statement, Route now, String difference) {
        Route then = statement.toldUnder();
        boolean flipped = then != null && then.serving() != now.serving();
        String cause = flipped
                ? "its side " + now.serving().label() + " serves since epoch " + now.epoch()
                : "its tables have been changed";
        return error(
                statement,
                "Tenant \"" + now.tenant() + "\": " + cause + ". Since the statement was described, " + difference
                        + ".");
    }

    private static ErrorFields error(ClientStatement statement, String detail) {
        String name = statement.named() ? "prepared statement \"" + statement.name() + '"' : "the unnamed statement";
        return ErrorFields.error(SQL_STATE, "the result of " + name + " has changed", "Close it and prepare it again.")
                .with(ErrorFields.DETAIL, detail)
                .with(ErrorFields.FILE, "cutover")
                .with(ErrorFields.ROUTINE, ROUTINE);
    }
}
