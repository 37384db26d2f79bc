package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.PreparedOnBackend;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.session.PreparedStatement.Variant;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Messages of our own among those that a client sends in the extended protocol. It sees no reply to them. */
final class Injection {
    static final byte[] NO_PARAMETER_TYPES = {0, 0};
    private static final byte[] ADDED_NAME = "cutover_added".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REFUSED_NAME = "cutover_refused".getBytes(StandardCharsets.US_ASCII);

    private final SessionContext context;

    Injection(SessionContext context) {
        this.context = context;
    }

    /** Gives the backend the statement if it lacks it, or has it from before the tenant's schema changed. */
    void prepare(Running running, Variant variant) {
        PreparedOnBackend prepared = running.backend().prepared();
        StatementKey key = variant.key();
        PreparedStatement statement = variant.statement();
        boolean present = key == null
                ? prepared.unnamed() == variant
                : prepared.presence(key, context.cycle) != Presence.ABSENT
                        && !prepared.isOlder(key, statement.preparedAsOf());
        if (!present && !statement.opaque()) {
            parse(running, variant, Kind.INJECTED_PARSE);
        }
    }

    /** Sends a Parse of the statement. */
    void parse(Running running, Variant variant, Kind kind) {
        PreparedOnBackend prepared = running.backend().prepared();
        StatementKey key = variant.key();
        if (key != null && prepared.supersede(key)) {
            Messages.closeStatement(running.backend().outbox().appendable(), key.serverName());
            context.replies.add(Kind.INJECTED_CLOSE, variant);
        }
        Messages.parse(
                running.backend().outbox().appendable(),
                variant.serverName(),
                variant.text(),
                variant.statement().parameterTypes());
        context.replies
                .add(kind, variant)
                .mirrored(variant.rewrite(), variant.clientText())
                .translated(variant.translation(), variant.clientText());
        if (key == null) {
            prepared.unnamed(variant);
        } else {
            makeRoom(running, prepared.add(key, context.cycle));
        }
    }

    /** Closes the statement that has been evicted; null if none has. */
    void makeRoom(Running running, @Nullable StatementKey evicted) {
        if (evicted != null) {
            Messages.closeStatement(running.backend().outbox().appendable(), evicted.serverName());
            context.replies.add(Kind.INJECTED_CLOSE, evicted);
        }
    }

    /** Answers by an error, or sends a Parse that fails, so that the server does what belongs to one. See {@link Refusal}. */
    void refuse(Running running, ErrorFields error) {
        if (Refusal.needsNoServer(context, running)) {
            error.writeTo(context.client.appendable());
            context.discarding = true;
            return;
        }
        Messages.parse(
                running.backend().outbox().appendable(),
                REFUSED_NAME,
                Refusal.text(error).getBytes(context.charset()),
                NO_PARAMETER_TYPES);
        context.replies.add(Kind.PARSE, null).substitute(error);
    }

    /** A statement of our own among those of the client. */
    void statement(Running running, String sql) {
        Outbox out = running.backend().outbox();
        // An earlier one has stayed if it failed. To close what is not there is no error.
        Messages.closeStatement(out.appendable(), ADDED_NAME);
        context.replies.add(Kind.INJECTED_CLOSE, null);
        Messages.parse(
                out.appendable(), ADDED_NAME, sql.getBytes(context.encoding().names()), NO_PARAMETER_TYPES);
        context.replies.add(Kind.INJECTED_PARSE, null);
        Messages.bind(out.appendable(), ADDED_NAME);
        context.replies.add(Kind.INJECTED_BIND, null);
        Messages.execute(out.appendable(), ADDED_NAME);
        context.replies.add(Kind.INJECTED_EXECUTE, null);
        Messages.closeStatement(out.appendable(), ADDED_NAME);
        context.replies.add(Kind.INJECTED_CLOSE, null);
        Messages.closePortal(out.appendable(), ADDED_NAME);
        context.replies.add(Kind.INJECTED_CLOSE, null);
    }
}
