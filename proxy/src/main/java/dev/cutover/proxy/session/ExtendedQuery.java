package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.AnalyzedText;
import dev.cutover.dualwrite.analyze.Intent;
import dev.cutover.dualwrite.analyze.Intent.SessionEffect;
import dev.cutover.dualwrite.rewrite.Rewrite;
import dev.cutover.dualwrite.rewrite.StatementPlan;
import dev.cutover.proxy.backend.PreparedOnBackend;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.session.PreparedStatement.Variant;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import dev.cutover.proxy.wire.ProtocolViolation;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The extended query protocol (chapter 55.2.3). The client's prepared statements are virtual: before a message that
 * needs one, the backend is given it if it lacks it, and the answer to that is swallowed.
 */
final class ExtendedQuery {
    private static final StatementPlan UNREAD = new StatementPlan(
            new AnalyzedText(List.of(new AnalyzedText.Statement(
                    0, 0, new Intent.Opaque("too long to be read"), Set.of(SessionEffect.UNKNOWN)))),
            new Rewrite.Unchanged("too long to be read"));
    static final byte[] NO_PARAMETER_TYPES = {0, 0};
    private static final byte[] REFUSED_NAME = "cutover_refused".getBytes(StandardCharsets.US_ASCII);

    private final SessionContext context;
    private final Replies replies;
    private final Injection injection;

    ExtendedQuery(SessionContext context, Replies replies) {
        this.context = context;
        this.replies = replies;
        this.injection = new Injection(context);
    }

    /**
     * Whether the message must wait until earlier cycles have been answered: it names a statement, and whether that one
     * is there depends on messages which the server may yet skip. Only a client that pipelines ever waits here.
     */
    boolean mustWait(Running running, byte type, ByteBuf in, int start, int available) {
        if (context.replies.isEmpty() || !context.replies.earlierCycleOutstanding()) {
            return false;
        }
        int limit = start + available;
        int body = start + FrameReader.HEADER_LENGTH;
        int nameStart;
        switch (type) {
            case FrontendMessage.PARSE:
                String parsed = Strings.read(in, body, nameEnd(in, body, limit));
                return !parsed.isEmpty() && context.statements.get(parsed) != null;
            case FrontendMessage.BIND:
                nameStart = nameEnd(in, body, limit) + 1;
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
        PreparedStatement statement =
                context.statements.get(Strings.read(in, nameStart, nameEnd(in, nameStart, limit)));
        if (statement == null) {
            return true;
        }
        StatementKey key = variant(statement, running).key();
        return key != null && running.backend().prepared().presence(key, context.cycle) == Presence.UNCERTAIN;
    }

    /** Parse: {@code string name, string text, int16 count, int32[count] parameter types} */
    void parse(Running running, ByteBuf in, int start, int length) {
        int limit = start + length;
        int nameStart = start + FrameReader.HEADER_LENGTH;
        int nameEnd = Strings.end(in, nameStart, limit);
        int textEnd = Strings.end(in, nameEnd + 1, limit);
        String name = Strings.read(in, nameStart, nameEnd);
        PreparedStatement replaced = context.statements.get(name);
        if (replaced != null && replaced.named() || context.sqlPrepared.has(name)) {
            refuse(
                    running,
                    ErrorFields.error(
                            "42P05",
                            "prepared statement \"" + name + "\" already exists",
                            "Close it first, or use another name."));
            return;
        }
        byte[] text = bytes(in, nameEnd + 1, textEnd);
        byte[] types = bytes(in, textEnd + 1, limit);
        String sql = new String(text, context.charset());
        StatementPlan plan = context.analysable() ? running.route().planner().plan(sql) : UNREAD;
        ErrorFields refusal = refusal(plan);
        if (refusal != null) {
            refuse(running, refusal);
            return;
        }
        context.lastQuery = sql;
        if (failedBlock(running, plan)) {
            // Even of a statement that it has, the server says now that it will not parse it.
            running.backend().outbox().forward(in, start, length);
            context.replies.add(Kind.PARSE, null);
            return;
        }
        PreparedStatement statement = new PreparedStatement(
                name,
                text,
                context.charset(),
                types,
                false,
                running.route(),
                plan,
                context.settings,
                context.pins.mayShadow(),
                replaced);
        Variant variant = statement.variant(mirrors(plan, sql), context.searchPath);
        context.statements.put(statement);
        StatementKey key = variant.key();
        PreparedOnBackend prepared = running.backend().prepared();
        if (key != null && prepared.presence(key, context.cycle) != Presence.ABSENT) {
            context.replies.add(Kind.KNOWN_PARSE, statement);
            replies.emitSynthesised();
            return;
        }
        if (key == null && statement.verbatim(variant)) {
            running.backend().outbox().forward(in, start, length);
        } else {
            Messages.parse(running.backend().outbox().appendable(), variant.serverName(), variant.text(), types);
        }
        context.replies.add(Kind.PARSE, variant).mirrored(variant.rewrite(), variant.clientText());
        if (key == null) {
            prepared.unnamed(variant);
        } else {
            injection.makeRoom(running, prepared.add(key, context.cycle));
        }
    }

    /** Whether the server refuses every statement but those that end a transaction. */
    private boolean failedBlock(Running running, StatementPlan plan) {
        List<AnalyzedText.Statement> statements = plan.text().statements();
        return running.backend().transactionStatus() == BackendMessage.FAILED
                && context.replies.isEmpty()
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
        String name = Strings.read(in, nameStart, nameEnd);
        PreparedStatement statement = new PreparedStatement(
                name,
                new byte[0],
                context.charset(),
                NO_PARAMETER_TYPES,
                true,
                running.route(),
                UNREAD,
                context.settings,
                true,
                name.isEmpty() ? context.statements.get("") : null);
        Variant variant = statement.variant(false, context.searchPath);
        context.pins.pin(SessionEffect.UNKNOWN);
        context.statements.put(statement);
        running.backend().prepared().unnamed(name.isEmpty() ? variant : null);
        running.backend().outbox().forward(in, start, available);
        context.replies.add(Kind.PARSE, variant);
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
        int portalEnd = nameEnd(in, portalStart, limit);
        int nameEnd = nameEnd(in, portalEnd + 1, limit);
        String name = Strings.read(in, portalEnd + 1, nameEnd);
        if (preparedInSql(name)) {
            context.portals.bind(Strings.read(in, portalStart, portalEnd), null);
            running.backend().outbox().forward(in, start, available);
            context.replies.add(Kind.BIND, null);
            return true;
        }
        Variant variant = variant(running, name);
        if (variant == null) {
            return false;
        }
        context.portals.bind(Strings.read(in, portalStart, portalEnd), variant);
        Outbox out = running.backend().outbox();
        byte[] serverName = variant.serverName();
        int oldLength = nameEnd - portalEnd - 1;
        if (oldLength == 0) {
            out.forward(in, start, available);
        } else {
            ByteBuf head = out.appendable();
            head.writeByte(FrontendMessage.BIND);
            head.writeInt((int) (frameLength - 1 - oldLength + serverName.length));
            head.writeBytes(in, portalStart, portalEnd + 1 - portalStart);
            head.writeBytes(serverName);
            out.forward(in, nameEnd, limit - nameEnd);
        }
        context.replies.add(Kind.BIND, null).mirrored(variant.rewrite(), variant.clientText());
        return true;
    }

    /** Describe: {@code byte 'S' or 'P', string name} */
    void describe(Running running, ByteBuf in, int start, int length) {
        int kind = start + FrameReader.HEADER_LENGTH;
        String name = Strings.read(in, kind + 1, Strings.end(in, kind + 1, start + length));
        Outbox out = running.backend().outbox();
        Variant variant;
        if (in.getByte(kind) == FrontendMessage.STATEMENT && preparedInSql(name)) {
            variant = null;
            out.forward(in, start, length);
        } else if (in.getByte(kind) == FrontendMessage.STATEMENT) {
            variant = variant(running, name);
            if (variant == null) {
                return;
            }
            Messages.describeStatement(out.appendable(), variant.serverName());
        } else {
            variant = context.portals.get(name);
            out.forward(in, start, length);
        }
        context.replies
                .add(Kind.DESCRIBE, null)
                .mirrored(variant == null ? null : variant.rewrite(), variant == null ? null : variant.clientText());
    }

    /** Execute: {@code string portal, int32 row limit} */
    void execute(Running running, ByteBuf in, int start, int length) {
        int nameStart = start + FrameReader.HEADER_LENGTH;
        int nameEnd = Strings.end(in, nameStart, start + length);
        Outbox out = running.backend().outbox();
        Variant variant = context.portals.get(Strings.read(in, nameStart, nameEnd));
        if (variant == null) {
            out.forward(in, start, length);
            context.replies.add(Kind.EXECUTE, null);
            return;
        }
        if (variant.rewrite() != null && variant.rewrite().reply().shape() == Rewrite.Shape.COUNT_ROW) {
            // The row is ours; the client, who asked for no rows, must not get its portal suspended by it.
            out.appendable().writeBytes(in, start, length - 4).writeInt(0);
        } else {
            out.forward(in, start, length);
        }
        if (variant.rewrite() == null) {
            context.services.meters().unchanged().increment();
        } else {
            context.services.meters().mirrored().increment();
        }
        List<AnalyzedText.Statement> statements = variant.plan().text().statements();
        boolean notable = TransactionTracker.notable(statements);
        if (notable) {
            statements.forEach(context.transaction::sending);
        }
        context.replies
                .add(Kind.EXECUTE, notable ? variant.plan() : null)
                .tag(
                        notable
                                ? SettingTexts.tag(
                                        variant.plan(), variant.statement().sql())
                                : null)
                .mirrored(variant.rewrite(), variant.clientText());
        if (notable) {
            for (String statement : SettingTexts.added(running.route(), variant.plan(), context.settings)) {
                injection.statement(running, statement);
            }
        }
    }

    /** Close: {@code byte 'S' or 'P', string name} */
    void close(Running running, ByteBuf in, int start, int length) {
        int kind = start + FrameReader.HEADER_LENGTH;
        String name = Strings.read(in, kind + 1, Strings.end(in, kind + 1, start + length));
        boolean inSql = in.getByte(kind) == FrontendMessage.STATEMENT && preparedInSql(name);
        if (in.getByte(kind) == FrontendMessage.STATEMENT && !inSql) {
            PreparedStatement statement = context.statements.get(name);
            context.statements.remove(name);
            if (statement == null || !statement.opaque()) {
                // The backend keeps it: other sessions may use it, and it is closed when there are too many.
                context.replies.add(Kind.VIRTUAL_CLOSE, statement);
                replies.emitSynthesised();
                return;
            }
        } else {
            context.portals.close(name);
        }
        running.backend().outbox().forward(in, start, length);
        context.replies.add(Kind.CLOSE, inSql ? name : null);
    }

    /** Whether SQL's PREPARE has made the statement: the backend has it under its own name. */
    private boolean preparedInSql(String name) {
        return !name.isEmpty() && context.statements.get(name) == null && context.sqlPrepared.has(name);
    }

    /** The named statement as the backend has it, or is given it now; null if the client has been refused. */
    private @Nullable Variant variant(Running running, String name) {
        PreparedStatement statement = context.statements.get(name);
        if (statement == null) {
            refuse(
                    running,
                    ErrorFields.error(
                            "26000",
                            name.isEmpty()
                                    ? "unnamed prepared statement does not exist"
                                    : "prepared statement \"" + name + "\" does not exist",
                            "Prepare it first, in this session."));
            return null;
        }
        StatementPlan plan = statement.plan(running.route());
        ErrorFields refusal = refusal(plan);
        if (refusal != null) {
            refuse(running, refusal);
            return null;
        }
        Variant variant = variant(statement, running);
        injection.prepare(running, variant);
        return variant;
    }

    private Variant variant(PreparedStatement statement, Running running) {
        StatementPlan plan = statement.plan(running.route());
        boolean mirror = plan.rewrite() instanceof Rewrite.Mirrored && mirrors(plan, statement.sql());
        return statement.variant(mirror, context.searchPath);
    }

    private boolean mirrors(StatementPlan plan, String sql) {
        return plan.rewrite() instanceof Rewrite.Mirrored && Mirroring.allowed(context, sql);
    }

    private @Nullable ErrorFields refusal(StatementPlan plan) {
        ErrorFields aborted = context.takeAborted(plan);
        if (aborted == null && plan.rewrite() instanceof Rewrite.Refused refused) {
            context.services.meters().refused().increment();
            return Refusal.error(refused);
        }
        return aborted;
    }

    /** Sends a Parse that fails, so that the server does what belongs to an error. See {@link Refusal}. */
    private void refuse(Running running, ErrorFields error) {
        Messages.parse(
                running.backend().outbox().appendable(),
                REFUSED_NAME,
                Refusal.text(error).getBytes(context.charset()),
                NO_PARAMETER_TYPES);
        context.replies.add(Kind.PARSE, null).substitute(error);
    }

    private static int nameEnd(ByteBuf in, int start, int limit) {
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
