// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.mirror.Fallback;
import dev.cutover.dualwrite.mirror.IdleWrite;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.StatementKind;
import dev.cutover.proxy.metrics.ProxyMeters.Outcome;
import dev.cutover.proxy.reply.ErrorOrigin;
import dev.cutover.proxy.reply.SentText;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How an error is handled of a statement that writes both sides.
 *
 * <p>The client must not fail for the idle side's sake. Outside of a transaction block a statement that is alone in its cycle
 * is sent once more, in the form that writes the serving side and marks; the client sees only what comes of that. The form
 * writes nothing on the idle side, so its error, if it has one, is the client's own; and if it has none, it was the idle side
 * that failed. Where nothing can be repeated, the client is asked to (40001) if the error is known to be the idle side's. In
 * any case the statement's table falls back to marking, so that this happens once.
 */
final class MarkingRetry {
    /** Parameters longer than this are not kept; such a statement is the client's to repeat. */
    private static final int LONGEST_PARAMETERS = 16 * 1024;

    private static final byte[] NAME = "cutover_marking".getBytes(StandardCharsets.US_ASCII);

    private final SessionContext context;
    private final Conversation conversation;

    /** The statement of the last Bind, if it may have to be sent again, and the rest of that Bind. */
    private @Nullable Variant variant;

    private byte[] parameters = {};
    private int parametersLength;
    private int rowLimit;

    /** A statement is being tried again that nobody knows the culprit of. */
    private @Nullable Trial trial;

    private record Trial(Fallback fallback, String table, String error) {}

    MarkingRetry(SessionContext context, Conversation conversation) {
        this.context = context;
        this.conversation = conversation;
    }

    /**
     * A Bind is being sent.
     *
     * @param rest where the parts of the message behind the statement's name begin
     * @param whole whether the message ends at {@code limit}
     */
    void bound(Variant bound, ByteBuf in, int rest, int limit, boolean whole) {
        boolean first = conversation.cycle().binding();
        int length = limit - rest;
        Mirrored rewrite = bound.rewrite();
        variant = null;
        if (rewrite != null && rewrite.idle() != null && first && whole && length <= LONGEST_PARAMETERS) {
            if (parameters.length < length) {
                parameters = new byte[Math.max(256, Integer.highestOneBit(length) * 2)];
            }
            in.getBytes(rest, parameters, 0, length);
            parametersLength = length;
            variant = bound;
        }
    }

    /**
     * An Execute is being sent.
     *
     * @param at where its row limit should be
     * @param limit where it ends; what is too short is the server's to complain of
     */
    void executing(ByteBuf in, int at, int limit) {
        conversation.cycle().executing();
        rowLimit = limit - at == Integer.BYTES ? in.getInt(at) : 0;
    }

    /** An error has come. @return whether the client is not to see it, nor the ReadyForQuery behind it */
    boolean takes(Running running, Awaited failed, ErrorFields error) {
        SentText sent = failed.sent();
        Mirrored rewrite = sent == null ? null : sent.rewrite();
        IdleWrite idle = rewrite == null ? null : rewrite.idle();
        Fallback fallback = running.route().planner().fallback();
        if (sent == null || rewrite == null || idle == null || fallback == null) {
            return false;
        }
        ErrorOrigin origin = ErrorOrigin.of(error, rewrite, sent.clientText());
        boolean ran = failed instanceof AwaitedStatement;
        if (origin == ErrorOrigin.CLIENTS_OWN || (origin == ErrorOrigin.UNKNOWN && !ran)) {
            return false;
        }
        AwaitedStatement repeatable =
                failed instanceof AwaitedStatement statement && repeatable(running, statement, rewrite)
                        ? statement
                        : null;
        Mirrored marking = repeatable == null ? null : running.route().planner().marking(sent.clientText());
        if (origin == ErrorOrigin.IDLE_SIDE) {
            fallback.begin(idle.table(), error.toString());
        } else if (marking == null) {
            fallback.suspect(idle.table(), error.sqlState(), error.toString());
        } else {
            trial = new Trial(fallback, idle.table(), error.toString());
        }
        if (repeatable != null && marking != null) {
            context.services
                    .meters()
                    .statements(StatementKind.valueOf(marking.reply().kind().name()), Outcome.RETRIED)
                    .increment();
            sendAgain(repeatable, marking, sent.clientText());
            return true;
        } else if (origin == ErrorOrigin.IDLE_SIDE) {
            failed.substitute(repeatPlease(idle, error));
        }
        return false;
    }

    private static ErrorFields repeatPlease(IdleWrite idle, ErrorFields error) {
        return ErrorFields.error(
                        "40001",
                        "could not write table \"" + idle.table() + "\" on both sides",
                        "Retry the transaction: writes to this table no longer depend on the idle side.")
                .with(ErrorFields.DETAIL, "The idle side refused the row: " + error.message());
    }

    /** Whether the statement was all that its transaction did, and nothing was sent behind it. */
    private boolean repeatable(Running running, AwaitedStatement failed, Mirrored rewrite) {
        if (running.backend().transactionStatus() != BackendMessage.IDLE || !conversation.endsWithFirst()) {
            return false;
        }
        Variant last = variant;
        return failed instanceof AwaitedStatement.Query
                || (last != null
                        && last.rewrite() == rewrite
                        && conversation.cycle().lastRanOne());
    }

    /** Behind what the backend still has to answer; it does so after the failed statement's ReadyForQuery. */
    private void sendAgain(AwaitedStatement failed, Mirrored marking, String clientText) {
        AwaitedPools awaited = conversation.awaited();
        SentText text = SentText.mirrored(marking, clientText);
        Variant last = variant;
        if (failed instanceof AwaitedStatement.Query) {
            Messages.query(conversation.message(awaited.again(failed, text)), marking.sql(), context.texts.charset());
        } else if (last != null) {
            Messages.closeStatement(conversation.message(awaited.injectedClose()), NAME);
            Messages.parse(
                    conversation.message(awaited.ownParse(text)),
                    NAME,
                    marking.sql().getBytes(context.texts.charset()),
                    last.statement().parameterTypes());
            bind(conversation.message(awaited.injectedBind(text)));
            // The row that counts is not one of the client's.
            Messages.execute(conversation.message(awaited.again(failed, text)), text.countsRows() ? 0 : rowLimit);
            Messages.bare(conversation.message(awaited.sync()), FrontendMessage.SYNC);
        }
    }

    /** Bind: {@code string portal, string statement}, then what the client has sent. */
    private void bind(ByteBuf out) {
        int start = Messages.begin(out, FrontendMessage.BIND);
        out.writeByte(0);
        out.writeBytes(NAME).writeByte(0);
        out.writeBytes(parameters, 0, parametersLength);
        Messages.finish(out, start);
    }

    /** A message of the client has failed for good. */
    void failed() {
        trial = null;
    }

    /** What the client has sent is answered. */
    void ready() {
        Trial succeeded = trial;
        if (succeeded != null) {
            trial = null;
            succeeded.fallback().begin(succeeded.table(), succeeded.error());
        }
    }
}
