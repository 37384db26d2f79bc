// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.PreparedOnBackend;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Messages;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Messages of our own among those that a client sends in the extended protocol. It sees no reply to them. */
final class InsertedMessages {
    static final byte[] NO_PARAMETER_TYPES = {0, 0};
    private static final byte[] ADDED_NAME = "cutover_added".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REFUSED_NAME = "cutover_refused".getBytes(StandardCharsets.US_ASCII);

    private final SessionContext context;
    private final Conversation conversation;
    private final AwaitedPools awaited;

    InsertedMessages(SessionContext context, Conversation conversation) {
        this.context = context;
        this.conversation = conversation;
        this.awaited = conversation.awaited();
    }

    /** Gives the backend the statement if it lacks it, or has it from before the tenant's schema changed. */
    void prepare(Running running, Variant variant) {
        PreparedOnBackend prepared = running.backend().prepared();
        StatementKey key = variant.key();
        ClientStatement statement = variant.statement();
        boolean present = key == null
                ? prepared.unnamed() == variant
                : prepared.presence(key, conversation.cycle().number()) != Presence.ABSENT
                        && !prepared.isOlder(key, statement.preparedAsOf());
        if (!present && !statement.opaque()) {
            parse(running, variant, awaited.injectedParse(variant));
        }
    }

    /** Sends a Parse of the statement. @param parse what is expected for it */
    void parse(Running running, Variant variant, Awaited parse) {
        PreparedOnBackend prepared = running.backend().prepared();
        StatementKey key = variant.key();
        if (key != null && prepared.supersede(key)) {
            Messages.closeStatement(conversation.message(awaited.supersede(variant)), key.serverName());
        }
        Messages.parse(
                conversation.message(parse),
                variant.serverName(),
                variant.text(),
                variant.statement().parameterTypes());
        if (key == null) {
            prepared.unnamed(variant);
        } else {
            makeRoom(prepared.add(key, conversation.cycle().number()));
        }
    }

    /** Closes the statement that has been evicted; null if none has. */
    private void makeRoom(@Nullable StatementKey evicted) {
        if (evicted != null) {
            Messages.closeStatement(conversation.message(awaited.evict(evicted)), evicted.serverName());
        }
    }

    /** Answers by an error, or sends a Parse that fails, so that the server does what belongs to one. See {@link Refusal}. */
    void refuse(ErrorFields error) {
        if (conversation.needsNoServer()) {
            error.writeTo(context.client.appendable());
            conversation.discardToSync();
            return;
        }
        Messages.parse(
                conversation.message(awaited.refusedParse(error)),
                REFUSED_NAME,
                Refusal.text(error).getBytes(context.texts.charset()),
                NO_PARAMETER_TYPES);
    }

    /** A statement of our own among those of the client. */
    void statement(String sql) {
        // An earlier one has stayed if it failed. To close what is not there is no error.
        Messages.closeStatement(conversation.message(awaited.injectedClose()), ADDED_NAME);
        Messages.parse(
                conversation.message(awaited.ownParse(null)),
                ADDED_NAME,
                sql.getBytes(context.texts.encoding().names()),
                NO_PARAMETER_TYPES);
        Messages.bind(conversation.message(awaited.injectedBind(null)), ADDED_NAME);
        Messages.execute(conversation.message(awaited.injectedExecute()), ADDED_NAME);
        Messages.closeStatement(conversation.message(awaited.injectedClose()), ADDED_NAME);
        Messages.closePortal(conversation.message(awaited.injectedClose()), ADDED_NAME);
    }
}
