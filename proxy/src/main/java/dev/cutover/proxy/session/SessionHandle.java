// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.route.ActiveTransaction;
import dev.cutover.proxy.route.DescribedStatement;
import dev.cutover.proxy.route.SessionView;
import dev.cutover.proxy.route.TenantSession;
import dev.cutover.proxy.session.SessionState.AtGate;
import dev.cutover.proxy.session.SessionState.AwaitingBackend;
import dev.cutover.proxy.session.SessionState.Resting;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.state.Pins;
import dev.cutover.proxy.wire.BackendMessage;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A session as other threads see it. */
public final class SessionHandle implements TenantSession {
    private static final int SHOWN_QUERY_LENGTH = 1000;

    private final SessionContext context;
    private final Conversation conversation;
    private final BackendLease borrowing;
    private final Runnable cancelTransaction;
    private final CancelKeys.Key key;
    private boolean unregistered;
    private final String client;
    private final Instant connectedAt = Instant.now();
    private volatile long beganAtMillis;
    private volatile List<String> pinned = List.of();

    /** @param cancelTransaction cancels what the session runs, on its event loop */
    SessionHandle(
            SessionContext context,
            Conversation conversation,
            BackendLease borrowing,
            CancelKeys.Key key,
            Runnable cancelTransaction) {
        this.context = context;
        this.conversation = conversation;
        this.borrowing = borrowing;
        this.cancelTransaction = cancelTransaction;
        this.key = key;
        this.client = text(context.channel.remoteAddress());
    }

    /** Address and port of a client. */
    public static String text(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : String.valueOf(address);
    }

    /** Lets the session be seen by other threads; call it when it is whole. */
    void register() {
        context.routing.register(this);
        context.services.meters().clients().incrementAndGet();
    }

    /** May be called again: the connection's end comes behind a session's. */
    void unregister() {
        if (unregistered) {
            return;
        }
        unregistered = true;
        context.statements.memory().close();
        context.messageMemory.close();
        context.routing.unregister(this);
        context.services.cancelKeys().unregister(key);
        context.services.meters().clients().decrementAndGet();
    }

    void began() {
        beganAtMillis = System.currentTimeMillis();
    }

    void ended() {
        Pins pins = context.pins;
        if (pins.pinned() || !pinned.isEmpty()) {
            pinned = pins.names();
        }
    }

    @Override
    public Optional<ActiveTransaction> activeTransaction() {
        if (!(borrowing.state() instanceof Running running)) {
            return Optional.empty();
        }
        BackendConnection backend = running.backend();
        String query = context.lastQuery();
        return Optional.of(new ActiveTransaction(
                backend.processId(),
                client,
                context.user,
                transactionState(backend),
                Instant.ofEpochMilli(beganAtMillis),
                query.length() > SHOWN_QUERY_LENGTH ? query.substring(0, SHOWN_QUERY_LENGTH) : query));
    }

    private String transactionState(BackendConnection backend) {
        if (!conversation.answered()) {
            return "active";
        }
        return backend.transactionStatus() == BackendMessage.FAILED
                ? "idle in transaction (aborted)"
                : "idle in transaction";
    }

    @Override
    public void cancelRunning() {
        context.channel.eventLoop().execute(cancelTransaction);
    }

    @Override
    public void endIfLeftBehind() {
        context.channel.eventLoop().execute(borrowing::endIfLeftBehind);
    }

    @Override
    public SessionView view() {
        String applicationName = context.texts.told().get("application_name");
        return new SessionView(
                key.processId(),
                context.user,
                client,
                applicationName == null ? "" : applicationName,
                state(),
                connectedAt,
                pinned);
    }

    @Override
    public CompletableFuture<List<DescribedStatement>> describedStatements() {
        return CompletableFuture.supplyAsync(context.statements::described, context.channel.eventLoop());
    }

    private String state() {
        SessionState state = borrowing.state();
        if (state instanceof Running) {
            return "in transaction";
        }
        if (state instanceof AtGate) {
            return "held";
        }
        if (state instanceof AwaitingBackend) {
            return "waiting for a backend";
        }
        if (state instanceof Resting) {
            return pinned.isEmpty() && borrowing.sessionMode() ? "session mode" : "pinned";
        }
        return "idle";
    }
}
