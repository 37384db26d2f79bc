// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.StatementKind;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.backend.PreparedOnBackend;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.state.ClientEncoding;
import dev.cutover.proxy.session.state.SearchPath;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.ClientParse;
import dev.cutover.proxy.session.statement.ClientStatement.Meaning;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.ProtocolViolation;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Set;

/** How a client's Parse is handled: a statement of the session, which the backend is sent unless it has it. */
final class ParseHandler {
    private static final StatementPlan UNREAD = new StatementPlan(
            new AnalyzedText(List.of(new AnalyzedText.Statement(
                    0, 0, new Intent.Opaque("cannot be read"), Set.of(SessionEffect.UNKNOWN)))),
            new Rewrite.Unchanged("cannot be read"),
            StatementKind.OTHER);

    /** What such a text may leave is known when it has come to its end. */
    private static final StatementPlan TOO_LONG = new StatementPlan(
            new AnalyzedText(List.of(new AnalyzedText.Statement(
                    0, 0, new Intent.Opaque("too long to be read"), Set.of(SessionEffect.USER_CODE)))),
            new Rewrite.Unchanged("too long to be read"),
            StatementKind.OTHER);

    private final SessionContext context;
    private final Conversation conversation;
    private final AwaitedPools awaited;
    private final InsertedMessages injection;
    private final LongText longText;

    ParseHandler(SessionContext context, Conversation conversation, InsertedMessages injection, LongText longText) {
        this.context = context;
        this.conversation = conversation;
        this.awaited = conversation.awaited();
        this.injection = injection;
        this.longText = longText;
    }

    /** Parse: {@code string name, string text, int16 count, int32[count] parameter types} */
    void parse(Running running, ByteBuf in, int start, int length) {
        int limit = start + length;
        int nameStart = start + FrameReader.HEADER_LENGTH;
        int nameEnd = Strings.end(in, nameStart, limit);
        int textEnd = Strings.end(in, nameEnd + 1, limit);
        String name = Strings.name(in, nameStart, nameEnd);
        ClientStatement replaced = context.statements.get(name);
        byte[] text = bytes(in, nameEnd + 1, textEnd);
        byte[] types = bytes(in, textEnd + 1, limit);
        String sql = new String(text, context.texts.charset());
        boolean analysed = context.texts.analysable(running.backend(), in, nameEnd + 1, textEnd);
        boolean literal = !ClientEncoding.readable(sql) || SearchPath.literal(context.pins, context.settings);
        StatementPlan plan = analysed ? running.route().planner(literal).plan(sql) : UNREAD;
        ErrorFields refusal = Refusal.of(context, running, plan);
        if (refusal != null) {
            injection.refuse(refusal);
            return;
        }
        context.sending(sql);
        if (failedBlock(running, plan)) {
            // Even of a statement that it has, the server says now that it will not parse it.
            conversation.forward(in, start, length, awaited.parse(null));
            return;
        }
        if (replaced != null && replaced.named() || context.sqlPrepared.has(name)) {
            injection.refuse(ErrorFields.error(
                    "42P05",
                    "prepared statement \"" + name + "\" already exists",
                    "Close it first, or use another name."));
            return;
        }
        long schemaChangedAt = context.routing.schemaChangedAt();
        ClientStatement statement = new ClientStatement(
                new ClientParse(name, text, context.texts.encoding(), types, false),
                new Meaning(
                        running.route(),
                        plan,
                        schemaChangedAt,
                        context.pins.mayShadow() || context.transaction.pathNamed() || !analysed,
                        literal),
                context.settings,
                replaced);
        ErrorFields full = context.statements.memory().room(statement.footprint());
        if (full != null) {
            injection.refuse(full);
            return;
        }
        Variant variant = statement.variant(
                MirrorEligibility.allowed(context, running.backend(), plan, sql, statement.readable()),
                context.transaction.searchPath());
        context.statements.put(statement);
        StatementKey key = variant.key();
        PreparedOnBackend prepared = running.backend().prepared();
        if (key != null
                && prepared.presence(key, conversation.cycle().number()) != Presence.ABSENT
                && !prepared.isOlder(key, schemaChangedAt)) {
            statement.found();
            conversation.answer(awaited.knownParse(statement));
        } else if (key == null && statement.verbatim(variant)) {
            conversation.forward(in, start, length, awaited.parse(variant));
            prepared.unnamed(variant);
        } else {
            injection.parse(running, variant, awaited.parse(variant));
        }
    }

    /** Whether the server refuses every statement but those that end a transaction. */
    private boolean failedBlock(Running running, StatementPlan plan) {
        List<AnalyzedText.Statement> statements = plan.text().statements();
        return running.backend().transactionStatus() == BackendMessage.FAILED
                && conversation.answered()
                && !(statements.isEmpty() || endsBlock(statements.get(0).intent()));
    }

    private static boolean endsBlock(Intent intent) {
        return intent instanceof Intent.Transaction transaction
                && switch (transaction.verb()) {
                    case COMMIT, ROLLBACK, ROLLBACK_TO, TWO_PHASE -> true;
                    default -> false;
                };
    }

    /** A Parse that is too long to be read, or its beginning. */
    void opaqueParse(Running running, ByteBuf in, int start, int available) {
        int nameStart = start + FrameReader.HEADER_LENGTH;
        int nameEnd = nameEnd(in, nameStart, start + available);
        String name = Strings.name(in, nameStart, nameEnd);
        ClientStatement statement = new ClientStatement(
                new ClientParse(name, new byte[0], context.texts.encoding(), InsertedMessages.NO_PARAMETER_TYPES, true),
                new Meaning(running.route(), TOO_LONG, context.routing.schemaChangedAt(), true, true),
                context.settings,
                name.isEmpty() ? context.statements.get("") : null);
        Variant variant = statement.variant(false, context.transaction.searchPath());
        longText.begin(context.texts.lexesAlike(running.backend()), in, nameEnd + 1, start + available);
        context.statements.put(statement);
        running.backend().prepared().unnamed(name.isEmpty() ? variant : null);
        conversation.forward(in, start, available, awaited.parse(variant));
    }

    /** Where the name ends that begins here. It must be in the part of the message that is here. */
    static int nameEnd(ByteBuf in, int start, int limit) {
        int end = start > limit ? -1 : in.indexOf(start, limit, (byte) 0);
        if (end < 0) {
            throw ProtocolViolation.NAME_TOO_LONG;
        }
        return end;
    }

    private static byte[] bytes(ByteBuf in, int start, int end) {
        byte[] bytes = new byte[end - start];
        in.getBytes(start, bytes);
        return bytes;
    }
}
