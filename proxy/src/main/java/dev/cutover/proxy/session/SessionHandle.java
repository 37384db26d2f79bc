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
import dev.cutover.proxy.wire.BackendMessage;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A session as other threads see it. */
final class SessionHandle implements TenantSession {
    private static final int SHOWN_QUERY_LENGTH = 1000;

    private final Session session;
    private final CancelKeys.Key key;
    private boolean unregistered;
    private final String client;
    private final Instant connectedAt = Instant.now();
    private volatile long beganAtMillis;
    private volatile List<String> pinned = List.of();

    SessionHandle(Session session, CancelKeys.Key key) {
        this.session = session;
        this.key = key;
        this.client = text(session.context().channel.remoteAddress());
    }

    /** Address and port of a client. */
    static String text(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : String.valueOf(address);
    }

    /** Lets the session be seen by other threads; call it when it is whole. */
    void register() {
        session.context().routing.register(this);
        session.context().services.meters().clients().incrementAndGet();
    }

    /** May be called again: the connection's end comes behind a session's. */
    void unregister() {
        if (unregistered) {
            return;
        }
        unregistered = true;
        session.context().statementMemory.close();
        session.context().messageMemory.close();
        session.context().routing.unregister(this);
        session.context().services.cancelKeys().unregister(key);
        session.context().services.meters().clients().decrementAndGet();
    }

    void began() {
        beganAtMillis = System.currentTimeMillis();
    }

    void ended() {
        Pins pins = session.context().pins;
        if (pins.pinned() || !pinned.isEmpty()) {
            pinned = pins.names();
        }
    }

    @Override
    public Optional<ActiveTransaction> activeTransaction() {
        if (!(session.borrowing().state() instanceof Running running)) {
            return Optional.empty();
        }
        BackendConnection backend = running.backend();
        String query = session.context().lastQuery;
        return Optional.of(new ActiveTransaction(
                backend.processId(),
                client,
                session.context().user,
                transactionState(backend),
                Instant.ofEpochMilli(beganAtMillis),
                query.length() > SHOWN_QUERY_LENGTH ? query.substring(0, SHOWN_QUERY_LENGTH) : query));
    }

    private String transactionState(BackendConnection backend) {
        if (!session.conversation().answered()) {
            return "active";
        }
        return backend.transactionStatus() == BackendMessage.FAILED
                ? "idle in transaction (aborted)"
                : "idle in transaction";
    }

    @Override
    public void cancelRunning() {
        session.context().channel.eventLoop().execute(session::cancelTransaction);
    }

    @Override
    public void endIfLeftBehind() {
        session.context().channel.eventLoop().execute(session.borrowing()::endIfLeftBehind);
    }

    @Override
    public SessionView view() {
        String applicationName = session.context().told().get("application_name");
        return new SessionView(
                key.processId(),
                session.context().user,
                client,
                applicationName == null ? "" : applicationName,
                state(),
                connectedAt,
                pinned);
    }

    @Override
    public CompletableFuture<List<DescribedStatement>> describedStatements() {
        SessionContext context = session.context();
        return CompletableFuture.supplyAsync(context.statements::described, context.channel.eventLoop());
    }

    private String state() {
        SessionState state = session.borrowing().state();
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
            return pinned.isEmpty() && session.borrowing().sessionMode() ? "session mode" : "pinned";
        }
        return "idle";
    }
}
