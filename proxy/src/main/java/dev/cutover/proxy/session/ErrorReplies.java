// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.ErrorFields;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How an error of the server is changed before the client sees it. */
final class ErrorReplies {
    private final SessionContext context;
    private final Conversation conversation;
    private final MarkingRetry retry;
    private boolean fatalSeen;

    ErrorReplies(SessionContext context, Conversation conversation, MarkingRetry retry) {
        this.context = context;
        this.conversation = conversation;
        this.retry = retry;
    }

    /** Whether the server has said why it closes the connection. */
    boolean fatalSeen() {
        return fatalSeen;
    }

    /**
     * Puts another error in its place, where the proxy knows better.
     *
     * @return whether the client is not to see it at all: the statement is tried again
     */
    boolean takes(@Nullable Running running, ErrorFields error) {
        fatalSeen |= error.fatal();
        Awaited next = conversation.next();
        ErrorFields reason = next == null ? null : conversation.takeCancelReason(error);
        if (next != null && reason != null) {
            next.substitute(reason);
        }
        ErrorFields failure = context.sqlPrepared.failure(error);
        if (failure != null && next != null) {
            next.substitute(failure);
        }
        if (ResultShapes.outdated(error)) {
            context.routing.schemaChanged();
            Variant variant = next == null ? null : next.variant();
            if (running != null && next != null && variant != null) {
                next.substitute(ResultShapes.outdated(variant.statement(), running.route(), error));
            }
        }
        if (next != null) {
            inClientsNames(next, error);
        }
        if (running != null && ReadOnlyServer.says(error, running.backend().parameters(), context.settings)) {
            context.services.pools().readOnly(running.route().cluster());
        }
        return running != null && next != null && retry.takes(running, next, error);
    }

    /** Puts the client's name for its statement in place of the server's. */
    private static void inClientsNames(Awaited next, ErrorFields error) {
        Variant variant = next.variant();
        if (next.substitute() == null && variant != null && variant.key() != null) {
            String there = '"' + new String(variant.serverName(), StandardCharsets.US_ASCII) + '"';
            String message = error.message();
            if (message.contains(there)) {
                String name = '"' + variant.statement().name() + '"';
                next.substitute(error.with(ErrorFields.MESSAGE, message.replace(there, name)));
            }
        }
    }
}
