// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.client.replication;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.BackendListener;
import dev.cutover.proxy.backend.Borrower;
import dev.cutover.proxy.backend.LoopPools;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.route.ActiveTransaction;
import dev.cutover.proxy.route.DescribedStatement;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.SessionView;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.route.TenantSession;
import dev.cutover.proxy.session.BackendLease;
import dev.cutover.proxy.session.ClientConnection;
import dev.cutover.proxy.session.SessionHandle;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ClientStage;
import dev.cutover.proxy.session.shared.ReadHold;
import dev.cutover.proxy.session.shared.SessionServices;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import dev.cutover.proxy.wire.StartupPacket;
import dev.cutover.proxy.wire.StartupPacket.Startup;
import io.netty.buffer.ByteBuf;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A replication connection (chapter 55.4): it has a backend of its own as long as it lasts, and every frame passes as it
 * is. It stands outside of the gate and of the routing: what it decodes is the database's log, whichever side serves, and
 * SQL that it sends is a writer that bypasses the proxy, which the net sees.
 */
public final class ReplicationStage implements ClientStage, Borrower {
    private static final byte[] NO_DATA = {};
    private static final int AUTHENTICATION_OK = 0;
    private static final int WHOLE_LIMIT = 64 * 1024;

    private final ClientConnection connection;
    private final SessionServices services;
    private final TenantRouting routing;
    private final Outbox client;
    private final PoolKey key;
    private final LoopPools pools;
    private final Seen seen;

    private volatile CancelKeys.@Nullable Key cancelKey;
    private @Nullable BackendConnection backend;
    private volatile String applicationName = "";
    private boolean longKeys;
    private boolean fatalSeen;
    private boolean ended;

    public ReplicationStage(
            ClientConnection connection, SessionServices services, TenantRouting routing, Outbox client, PoolKey key) {
        this.connection = connection;
        this.services = services;
        this.routing = routing;
        this.client = client;
        this.key = key;
        this.pools = services.pools().on(connection.channel().eventLoop());
        this.seen = new Seen();
    }

    /** Connects to the server with what the client asked for; its flow is held until that is done. */
    public void begin(Startup startup) {
        Map<String, String> parameters = new LinkedHashMap<>(startup.parameters());
        parameters.remove("user");
        parameters.remove("database");
        parameters.keySet().removeIf(name -> name.startsWith("_pq_."));
        applicationName = parameters.getOrDefault("application_name", "");
        longKeys = startup.minor() >= StartupPacket.LONG_KEYS_MINOR;
        pools.dedicated(key, parameters, this, new FromServer());
    }

    @Override
    public void lent(BackendConnection lent) {
        if (ended) {
            lent.terminate();
            return;
        }
        backend = lent;
        int keyLength = longKeys ? CancelKeys.LONG_KEY : CancelKeys.SHORT_KEY;
        CancelKeys.Key ownKey = services.cancelKeys().register(lent.processId(), keyLength, seen::cancelRunning);
        cancelKey = ownKey;
        ByteBuf out = client.appendable();
        Messages.authentication(out, AUTHENTICATION_OK, NO_DATA);
        lent.parameters().forEach((name, value) -> Messages.parameterStatus(out, name, value));
        Messages.backendKeyData(out, ownKey.processId(), ownKey.secretKey());
        Messages.readyForQuery(out, BackendMessage.IDLE);
        client.flush();
        routing.register(seen);
        seen.endIfLeftBehind();
        services.meters().clients().incrementAndGet();
        connection.flow().release(ReadHold.TRANSACTION);
        connection.flush();
    }

    @Override
    public void refused(ErrorFields error) {
        services.meters().loginsRefused().increment();
        end(error.asFatal());
    }

    @Override
    public int wholeLimit(byte type) {
        return WHOLE_LIMIT;
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        if (type == FrontendMessage.TERMINATE) {
            connection.channel().close();
        } else {
            toServer(in, start, length);
        }
        return true;
    }

    @Override
    public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
        toServer(in, start, available);
        return true;
    }

    @Override
    public void chunk(ByteBuf in, int start, int length, boolean last) {
        toServer(in, start, length);
    }

    private void toServer(ByteBuf in, int start, int length) {
        BackendConnection to = backend;
        if (to == null) {
            return;
        }
        to.outbox().forward(in, start, length);
        if (!to.outbox().writable()) {
            to.outbox().flush();
            if (!to.outbox().writable()) {
                connection.flow().hold(ReadHold.BACKPRESSURE);
            }
        }
    }

    @Override
    public void readComplete() {
        if (backend != null) {
            backend.outbox().flush();
        }
        client.flush();
    }

    @Override
    public void writabilityChanged(boolean writable) {
        if (backend != null) {
            backend.reading(writable);
        }
    }

    @Override
    public void closed() {
        ended = true;
        client.discard();
        if (cancelKey != null) {
            services.cancelKeys().unregister(cancelKey);
        }
        if (backend != null) {
            backend.terminate();
            routing.unregister(seen);
            services.meters().clients().decrementAndGet();
        }
    }

    @Override
    public void end(ErrorFields error) {
        if (!ended) {
            error.writeTo(client.appendable());
            close();
        }
    }

    private void close() {
        if (!ended) {
            ended = true;
            client.flush();
            connection.closeAfterWriting();
        }
    }

    /** What the server sends. */
    private final class FromServer implements BackendListener {
        @Override
        public int wholeLimit(byte type) {
            return WHOLE_LIMIT;
        }

        @Override
        public boolean frame(byte type, ByteBuf in, int start, int length) {
            fatalSeen |= type == BackendMessage.ERROR_RESPONSE
                    && ErrorFields.decode(in, start, length).fatal();
            return head(type, length, in, start, length);
        }

        @Override
        public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
            client.forward(in, start, available);
            throttle();
            return true;
        }

        @Override
        public void chunk(ByteBuf in, int start, int length, boolean last) {
            client.forward(in, start, length);
            throttle();
        }

        private void throttle() {
            if (backend != null && !client.writable()) {
                backend.reading(false);
            }
        }

        @Override
        public void backendReadComplete() {
            client.flush();
            throttle();
        }

        @Override
        public void backendWritabilityChanged(boolean writable) {
            if (writable) {
                connection.flow().release(ReadHold.BACKPRESSURE);
                readComplete();
            }
        }

        @Override
        public void backendClosed() {
            if (fatalSeen) {
                close();
            } else {
                end(ErrorFields.fatal(
                        "57P01",
                        "terminating connection because the connection to the server was lost",
                        "Reconnect, and resume from the last position that was confirmed."));
            }
        }
    }

    /** The connection as other threads see it: it runs no transaction of the tenant, and stays where it is. */
    private final class Seen implements TenantSession {
        private final String address = SessionHandle.text(connection.channel().remoteAddress());
        private final Instant connectedAt = Instant.now();

        @Override
        public Optional<ActiveTransaction> activeTransaction() {
            return Optional.empty();
        }

        @Override
        public void cancelRunning() {
            connection.channel().eventLoop().execute(() -> {
                if (backend != null) {
                    pools.cancel(backend);
                }
            });
        }

        @Override
        public void endIfLeftBehind() {
            connection.channel().eventLoop().execute(() -> {
                Route route = routing.route();
                BackendConnection server = backend;
                if (routing.removed()) {
                    end(BackendLease.removal(routing));
                } else if (server != null && server.outdated()) {
                    end(ErrorFields.fatal(
                            "57P01",
                            "terminating connection because cluster \"" + key.cluster() + "\" has another address",
                            "A replication connection cannot move. Reconnect."));
                } else if (!(route.cluster().equals(key.cluster())
                        && route.database().equals(key.database()))) {
                    end(ErrorFields.fatal(
                            "57P01",
                            "terminating connection because tenant \"" + route.tenant()
                                    + "\" has moved to another database",
                            "A replication connection cannot move. Reconnect."));
                }
            });
        }

        @Override
        public CompletableFuture<List<DescribedStatement>> describedStatements() {
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public SessionView view() {
            CancelKeys.Key own = cancelKey;
            return new SessionView(
                    own == null ? 0 : own.processId(),
                    key.user(),
                    address,
                    applicationName,
                    "replication",
                    connectedAt,
                    List.of("REPLICATION"));
        }
    }
}
