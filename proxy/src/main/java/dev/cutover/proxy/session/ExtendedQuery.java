// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.metrics.ProxyMeters.Outcome;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.state.Deallocation;
import dev.cutover.proxy.session.state.SettingTexts;
import dev.cutover.proxy.session.state.TransactionTracker;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.session.statement.ShownPortal;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The extended query protocol (chapter 55.2.3). The client's prepared statements are virtual: before a message that
 * needs one, the backend is given it if it lacks it, and the answer to that is swallowed.
 */
final class ExtendedQuery {

    private final SessionContext context;
    private final Conversation conversation;
    private final AwaitedPools awaited;
    private final MarkingRetry retry;
    private final ResultShapes shapes;
    private final ReadSampler samples;
    private final InsertedMessages injection;
    private final ParseHandler preparation;

    ExtendedQuery(
            SessionContext context,
            Conversation conversation,
            MarkingRetry retry,
            ResultShapes shapes,
            ReadSampler samples,
            ParseHandler preparation) {
        this.context = context;
        this.conversation = conversation;
        this.awaited = conversation.awaited();
        this.retry = retry;
        this.shapes = shapes;
        this.samples = samples;
        this.injection = new InsertedMessages(context, conversation);
        this.preparation = preparation;
    }

    /**
     * Whether the message must wait until earlier cycles have been answered: it names a statement, and whether that one
     * is there depends on messages which the server may yet skip. Only a client that pipelines ever waits here. And an
     * Execute may have to wait for an answer to us, see {@link ResultShapes}. Behind a {@link Deallocation} everything waits.
     */
    boolean mustWait(Running running, byte type, ByteBuf in, int start, int available) {
        if (conversation.deallocating()) {
            return true;
        }
        if (context.portals.anyShown()
                && conversation.earlierCycleOutstanding()
                && shownPortal(type, in, start, start + available) != null) {
            return true;
        }
        if (type == FrontendMessage.EXECUTE) {
            int portal = start + FrameReader.HEADER_LENGTH;
            return shapes.mustWait(running, Strings.name(in, portal, Strings.end(in, portal, start + available)));
        }
        if (!conversation.earlierCycleOutstanding()) {
            return type == FrontendMessage.BIND
                    && shapes.mayDoubt()
                    && mustWaitToBind(running, in, start, start + available);
        }
        int limit = start + available;
        int body = start + FrameReader.HEADER_LENGTH;
        int nameStart;
        switch (type) {
            case FrontendMessage.PARSE:
                String parsed = Strings.name(in, body, ParseHandler.nameEnd(in, body, limit));
                return !parsed.isEmpty()
                        && (context.statements.get(parsed) != null || context.statements.closing(parsed));
            case FrontendMessage.BIND:
                nameStart = ParseHandler.nameEnd(in, body, limit) + 1;
                break;
            case FrontendMessage.DESCRIBE:
                if (in.getByte(body) != FrontendMessage.STATEMENT) {
                    return false;
                }
                nameStart = body + 1;
                break;
            default:
                return false;
        }
        ClientStatement statement =
                context.statements.get(Strings.name(in, nameStart, ParseHandler.nameEnd(in, nameStart, limit)));
        if (statement == null) {
            return true;
        }
        StatementKey key = variant(statement, running).key();
        return key != null
                        && running.backend()
                                        .prepared()
                                        .presence(key, conversation.cycle().number())
                                == Presence.UNCERTAIN
                || type == FrontendMessage.BIND && shapes.mayDoubt() && mustWaitToBind(running, in, start, limit);
    }

    /** After a flip, a Bind that names several formats waits until it is known whether they fit. */
    private boolean mustWaitToBind(Running running, ByteBuf in, int start, int limit) {
        int nameStart = ParseHandler.nameEnd(in, start + FrameReader.HEADER_LENGTH, limit) + 1;
        int nameEnd = ParseHandler.nameEnd(in, nameStart, limit);
        ClientStatement statement = context.statements.get(Strings.name(in, nameStart, nameEnd));
        if (statement == null || !statement.inDoubt(context.routing.schemaChangedAt())) {
            return false;
        }
        int formats = resultFormats(in, nameEnd + 1, limit);
        StatementPlan plan = statement.plan(running.route(), context.routing.schemaChangedAt());
        if (formats < 2 || plan.rewrite() instanceof Rewrite.Refused) {
            return false;
        }
        Variant variant = variant(statement, running);
        injection.prepare(running, variant);
        return shapes.mustWait(running, variant, formats);
    }

    /**
     * What follows the names in a Bind: {@code int16 formats, int16[] format, int16 values, (int32 length, byte[] value)[],
     * int16 result formats, int16[] result format}.
     *
     * @return how many result formats there are; 0 if that part of the message is not here
     */
    private static int resultFormats(ByteBuf in, int start, int limit) {
        int at = start;
        if (at + Short.BYTES > limit) {
            return 0;
        }
        at += Short.BYTES + Short.BYTES * in.getUnsignedShort(at);
        if (at + Short.BYTES > limit) {
            return 0;
        }
        int values = in.getUnsignedShort(at);
        at += Short.BYTES;
        for (int i = 0; i < values && at + Integer.BYTES <= limit; i++) {
            at += Integer.BYTES + Math.max(0, in.getInt(at));
            if (at < start) {
                return 0;
            }
        }
        return at + Short.BYTES > limit ? 0 : in.getUnsignedShort(at);
    }

    /** The portal that an Execute, Describe or Close names, if the proxy answers it. */
    private @Nullable ShownPortal shownPortal(byte type, ByteBuf in, int start, int limit) {
        int name = start + FrameReader.HEADER_LENGTH;
        if (type == FrontendMessage.DESCRIBE || type == FrontendMessage.CLOSE) {
            if (in.getByte(name) != FrontendMessage.PORTAL) {
                return null;
            }
            name++;
        } else if (type != FrontendMessage.EXECUTE) {
            return null;
        }
        return context.portals.shown(Strings.name(in, name, Strings.end(in, name, limit)));
    }

    /** Answers a message about a portal that the backend does not have, behind what is outstanding. */
    private void answer(Running running, Consumer<ByteBuf> answer) {
        if (conversation.answered() && running.backend().transactionStatus() == BackendMessage.FAILED) {
            injection.refuse(ErrorFields.error(
                    "25P02",
                    "current transaction is aborted, commands ignored until end of transaction block",
                    "Roll the transaction back."));
        } else {
            conversation.answer(awaited.ofShownPortal(answer));
        }
    }

    void parse(Running running, ByteBuf in, int start, int length) {
        preparation.parse(running, in, start, length);
    }

    void opaqueParse(Running running, ByteBuf in, int start, int available) {
        preparation.opaqueParse(running, in, start, available);
    }

    /**
     * Bind: {@code string portal, string statement, ...}. The rest is passed on unread.
     *
     * @param available how much of the frame is here
     * @return whether the rest of the frame goes to the backend too
     */
    boolean bind(Running running, ByteBuf in, int start, int available, long frameLength) {
        int limit = start + available;
        int portalStart = start + FrameReader.HEADER_LENGTH;
        int portalEnd = ParseHandler.nameEnd(in, portalStart, limit);
        int nameEnd = ParseHandler.nameEnd(in, portalEnd + 1, limit);
        String name = Strings.name(in, portalEnd + 1, nameEnd);
        if (preparedInSql(name)) {
            context.transaction.runningUserCode();
            context.portals.bind(Strings.name(in, portalStart, portalEnd), null);
            conversation.forward(in, start, available, awaited.bind(null));
            return true;
        }
        Variant variant = variant(running, name);
        if (variant == null) {
            return false;
        }
        ErrorFields misfit = variant.statement().inDoubt(context.routing.schemaChangedAt())
                ? shapes.misfit(running, variant, resultFormats(in, nameEnd + 1, limit))
                : null;
        if (misfit != null) {
            refuse(misfit);
            return false;
        }
        String portal = Strings.name(in, portalStart, portalEnd);
        context.portals.bind(portal, variant);
        context.transaction.running(variant.plan().text().statements());
        retry.bound(variant, in, nameEnd + 1, limit, available == frameLength);
        samples.bound(portal, variant, in, nameEnd + 1, limit, available == frameLength);
        Awaited bind = awaited.bind(variant);
        byte[] serverName = variant.serverName();
        int oldLength = nameEnd - portalEnd - 1;
        if (oldLength == 0) {
            conversation.forward(in, start, available, bind);
        } else {
            ByteBuf head = conversation.message(bind);
            head.writeByte(FrontendMessage.BIND);
            head.writeInt((int) (frameLength - 1 - oldLength + serverName.length));
            head.writeBytes(in, portalStart, portalEnd + 1 - portalStart);
            head.writeBytes(serverName);
            conversation.forwardRest(in, nameEnd, limit - nameEnd);
        }
        return true;
    }

    /** Describe: {@code byte 'S' or 'P', string name} */
    void describe(Running running, ByteBuf in, int start, int length) {
        int kind = start + FrameReader.HEADER_LENGTH;
        String name = Strings.name(in, kind + 1, Strings.end(in, kind + 1, start + length));
        if (in.getByte(kind) == FrontendMessage.STATEMENT && preparedInSql(name)) {
            conversation.forward(in, start, length, awaited.describe(null));
        } else if (in.getByte(kind) == FrontendMessage.STATEMENT) {
            Variant variant = variant(running, name);
            if (variant != null) {
                variant.statement().reliedOn();
                Messages.describeStatement(conversation.message(awaited.describe(variant)), variant.serverName());
            }
        } else {
            ShownPortal shown = context.portals.shown(name);
            if (shown != null) {
                answer(running, shown::describe);
                return;
            }
            Variant variant = context.portals.get(name);
            context.portals.described(name);
            conversation.forward(in, start, length, awaited.describe(variant));
        }
    }

    /** Execute: {@code string portal, int32 row limit} */
    void execute(Running running, ByteBuf in, int start, int length) {
        int nameStart = start + FrameReader.HEADER_LENGTH;
        int nameEnd = Strings.end(in, nameStart, start + length);
        String portal = Strings.name(in, nameStart, nameEnd);
        ShownPortal shown = context.portals.shown(portal);
        if (shown != null) {
            answer(running, shown::execute);
            return;
        }
        Variant variant = context.portals.get(portal);
        retry.executing(in, nameEnd + 1, start + length);
        if (variant == null) {
            context.emptyBlock.executing(List.of());
            conversation.forward(in, start, length, awaited.unreadExecute());
            return;
        }
        if (!context.portals.isDescribed(portal)) {
            variant.statement().reliedOn();
        }
        ErrorFields changed = shapes.changed(running, portal, variant);
        if (changed != null) {
            refuse(changed);
            return;
        }
        context.emptyBlock.executing(variant.plan().text().statements());
        boolean deallocates = Deallocation.single(variant.plan());
        if (deallocates && !context.deallocatesHere(Deallocation.name(variant.plan()))) {
            injection.statement(variant.statement().sql());
        }
        if (variant.rewrite() == null) {
            context.services
                    .meters()
                    .statements(variant.plan().kind(), Outcome.UNCHANGED)
                    .increment();
        } else {
            context.services
                    .meters()
                    .statements(variant.plan().kind(), Outcome.MIRRORED)
                    .increment();
        }
        boolean couldMirror = variant.plan().rewrite() instanceof Rewrite.Mirrored;
        variant.plan().sending(variant.rewrite() != null || !couldMirror);
        List<AnalyzedText.Statement> statements = variant.plan().text().statements();
        boolean notable = TransactionTracker.notable(statements);
        if (notable) {
            statements.forEach(context.transaction::sending);
        }
        if (deallocates) {
            conversation.forward(
                    in,
                    start,
                    length,
                    awaited.deallocate(
                            variant.plan(), Deallocation.tag(statements.get(0).intent())));
            conversation.sendFlush();
            conversation.deallocates();
            return;
        }
        Awaited execute = notable
                ? awaited.execute(
                        variant.plan(),
                        null,
                        SettingTexts.tag(variant.plan(), variant.statement().sql()),
                        variant.sent())
                : awaited.execute(null, samples.executing(portal), null, variant.sent());
        if (variant.sent() != null && variant.sent().countsRows()) {
            // The row is ours; the client, who asked for no rows, must not get its portal suspended by it.
            conversation.message(execute).writeBytes(in, start, length - 4).writeInt(0);
        } else {
            conversation.forward(in, start, length, execute);
        }
        if (notable) {
            for (String statement : SettingTexts.added(running.route(), variant.plan(), context.settings)) {
                injection.statement(statement);
            }
        }
    }

    /** Refuses a statement whose result has changed. */
    private void refuse(ErrorFields changed) {
        if (context.emptyBlock.restarts()) {
            injection.statement("ROLLBACK");
        }
        injection.refuse(changed);
    }

    /** Close: {@code byte 'S' or 'P', string name} */
    void close(ByteBuf in, int start, int length) {
        int kind = start + FrameReader.HEADER_LENGTH;
        String name = Strings.name(in, kind + 1, Strings.end(in, kind + 1, start + length));
        boolean inSql = in.getByte(kind) == FrontendMessage.STATEMENT && preparedInSql(name);
        if (in.getByte(kind) == FrontendMessage.STATEMENT && !inSql) {
            ClientStatement statement = context.statements.get(name);
            context.statements.close(name);
            if (statement == null || !statement.opaque()) {
                // The backend keeps it: other sessions may use it, and it is closed when there are too many.
                conversation.answer(awaited.virtualClose(statement));
                return;
            }
        } else if (context.portals.shown(name) != null) {
            context.portals.close(name);
            conversation.answer(awaited.virtualClose(null));
            return;
        } else {
            context.portals.close(name);
        }
        conversation.forward(in, start, length, awaited.close(inSql ? name : null));
    }

    /** Whether SQL's PREPARE has made the statement: the backend has it under its own name. */
    private boolean preparedInSql(String name) {
        return !name.isEmpty() && context.statements.get(name) == null && context.sqlPrepared.has(name);
    }

    /** The named statement as the backend has it, or is given it now; null if the client has been refused. */
    private @Nullable Variant variant(Running running, String name) {
        ClientStatement statement = context.statements.get(name);
        if (statement == null) {
            injection.refuse(ErrorFields.error(
                    "26000",
                    name.isEmpty()
                            ? "unnamed prepared statement does not exist"
                            : "prepared statement \"" + name + "\" does not exist",
                    "Prepare it first, in this session."));
            return null;
        }
        StatementPlan plan = statement.plan(running.route(), context.routing.schemaChangedAt());
        ErrorFields refusal = Refusal.of(context, running, plan);
        if (refusal != null) {
            injection.refuse(refusal);
            return null;
        }
        Variant variant = variant(statement, running);
        injection.prepare(running, variant);
        return variant;
    }

    private Variant variant(ClientStatement statement, Running running) {
        StatementPlan plan = statement.plan(running.route(), context.routing.schemaChangedAt());
        return statement.variant(
                MirrorEligibility.allowed(context, running.backend(), plan, statement),
                context.transaction.searchPath());
    }
}
