package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.PreparedOnBackend;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.session.PreparedStatement.Variant;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Messages of our own among those that a client sends in the extended protocol. It sees no reply to them. */
final class Injection {
    private static final byte[] ADDED_NAME = "cutover_added".getBytes(StandardCharsets.US_ASCII);

    private final SessionContext context;

    Injection(SessionContext context) {
        this.context = context;
    }

    /** Gives the backend the statement if it lacks it. */
    void prepare(Running running, Variant variant) {
        PreparedOnBackend prepared = running.backend().prepared();
        StatementKey key = variant.key();
        boolean present =
                key == null ? prepared.unnamed() == variant : prepared.presence(key, context.cycle) != Presence.ABSENT;
        if (present || variant.statement().opaque()) {
            return;
        }
        Messages.parse(
                running.backend().outbox().appendable(),
                variant.serverName(),
                variant.text(),
                variant.statement().parameterTypes());
        context.replies.add(Kind.INJECTED_PARSE, variant).mirrored(variant.rewrite(), variant.clientText());
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

    /** A statement of our own among those of the client. */
    void statement(Running running, String sql) {
        Outbox out = running.backend().outbox();
        Messages.parse(out.appendable(), ADDED_NAME, sql.getBytes(context.charset()), ExtendedQuery.NO_PARAMETER_TYPES);
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
