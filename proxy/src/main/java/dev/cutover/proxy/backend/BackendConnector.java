// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.proxy.auth.BackendLogin;
import dev.cutover.proxy.auth.ClientAuthenticator;
import dev.cutover.proxy.backend.PoolerCheck.Started;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens connections to servers. */
final class BackendConnector {
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    /** How long a server may take to log us in: half of its own authentication_timeout. */
    private static final int LOGIN_TIMEOUT_SECONDS = 30;

    /** Both where another server may be the primary: one that does not answer must not keep us from that. */
    private static final int FAILOVER_CONNECT_MILLIS = 2_000;

    private static final int FAILOVER_LOGIN_SECONDS = 3;

    private final Transport transport;
    private final ClientAuthenticator authenticator;
    private final Executor resolver;
    private final LongAdder bytes;
    private final PoolerCheck poolers = new PoolerCheck();
    private final PrimarySearch.Moved moved;
    private volatile Map<String, BackendTls> tls;

    /**
     * @param resolver looks up host names, which blocks
     * @param bytes counts what servers send
     * @param moved receives the name of a cluster whose primary has changed
     */
    BackendConnector(
            Transport transport,
            Map<String, ClusterConfig> clusters,
            ClientAuthenticator authenticator,
            Executor resolver,
            LongAdder bytes,
            PrimarySearch.Moved moved) {
        this.moved = moved;
        this.bytes = bytes;
        this.tls = tls(clusters);
        this.transport = transport;
        this.authenticator = authenticator;
        this.resolver = resolver;
    }

    /** @throws IllegalArgumentException if certificates are not what they should be; then nothing changes */
    void reconfigure(Map<String, ClusterConfig> clusters) {
        tls = tls(clusters);
    }

    private static Map<String, BackendTls> tls(Map<String, ClusterConfig> clusters) {
        Map<String, BackendTls> tls = new HashMap<>();
        clusters.forEach((name, cluster) -> {
            BackendTls configured = BackendTls.of(cluster);
            if (configured != null) {
                tls.put(name, configured);
            }
        });
        return tls;
    }

    /**
     * Connects to the cluster's primary and logs in on the given loop. The connection arrives idle; it is not lent yet.
     *
     * @param parameters of the startup message, beside user and database
     */
    void connect(EventLoop loop, ClusterLimit limit, PoolKey key, Map<String, String> parameters, Borrower result) {
        if (limit.cluster().failsOver()) {
            PrimarySearch.Opener opener = (server, opened) -> connect(loop, limit, server, key, parameters, opened);
            new PrimarySearch(loop, limit, opener, moved, result).begin();
        } else {
            connect(loop, limit, limit.cluster().endpoint(), key, parameters, result);
        }
    }

    private void connect(
            EventLoop loop,
            ClusterLimit limit,
            Endpoint endpoint,
            PoolKey key,
            Map<String, String> parameters,
            Borrower result) {
        start(loop, limit, endpoint, key, parameters, new Started() {
            @Override
            public void started(BackendConnection connection, int serverPid) {
                poolers.check(
                        endpoint,
                        connection,
                        serverPid,
                        second -> start(loop, limit, endpoint, key, parameters, second),
                        result);
            }

            @Override
            public void refused(ErrorFields error) {
                result.refused(error);
            }
        });
    }

    private void start(
            EventLoop loop,
            ClusterLimit limit,
            Endpoint endpoint,
            PoolKey key,
            Map<String, String> parameters,
            Started result) {
        resolve(loop, endpoint, result, address -> open(loop, limit, endpoint, address, key, parameters, result));
    }

    private void open(
            EventLoop loop,
            ClusterLimit limit,
            Endpoint endpoint,
            InetAddress address,
            PoolKey key,
            Map<String, String> parameters,
            Started result) {
        BackendTls wanted = tls.get(key.cluster());
        BackendStartup startup =
                new BackendStartup(key, parameters, new BackendLogin(authenticator.credentials(key.user())), result);
        boolean failsOver = limit.cluster().failsOver();
        Bootstrap bootstrap = bootstrap(loop).handler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                BackendConnection connection = new BackendConnection(key, channel, startup, bytes);
                connection.place().opening(limit, key, endpoint, System.nanoTime());
                if (wanted != null) {
                    channel.pipeline().addLast(new TlsRequest(wanted, endpoint, new TlsRequest.Outcome() {
                        @Override
                        public void ready(byte @Nullable [] endPoint) {
                            startup.begin(connection, endPoint);
                        }

                        @Override
                        public void failed(ErrorFields error) {
                            startup.failed(error);
                        }
                    }));
                }
                channel.pipeline().addLast("backend", connection);
            }
        });
        if (failsOver) {
            bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, FAILOVER_CONNECT_MILLIS);
            transport.noticeDeadPeers(bootstrap);
        }
        ChannelFuture connecting = bootstrap.connect(new InetSocketAddress(address, endpoint.port()));
        connecting.addListener(future -> {
            if (future.isSuccess()) {
                BackendConnection connection = connecting.channel().pipeline().get(BackendConnection.class);
                if (wanted == null) {
                    startup.begin(connection, null);
                }
                int patience = failsOver ? FAILOVER_LOGIN_SECONDS : LOGIN_TIMEOUT_SECONDS;
                Future<?> timeout = loop.schedule(() -> giveUp(connection), patience, TimeUnit.SECONDS);
                connection.whenClosed(() -> timeout.cancel(false));
            } else {
                result.refused(unreachable(endpoint, future.cause()));
            }
        });
    }

    /** The server has had its time to log us in. */
    private static void giveUp(BackendConnection connection) {
        if (connection.state() instanceof BackendState.Starting) {
            connection.cut();
        }
    }

    /**
     * Asks the server to cancel what the connection runs.
     *
     * @param wanted asked when the request can be sent: what ran may have ended
     */
    void cancel(EventLoop loop, BackendConnection target, BooleanSupplier wanted) {
        SocketAddress address = target.remoteAddress();
        target.cancellation().request(loop, wanted, () -> bootstrap(loop)
                .handler(new CancelConnection())
                .connect(address));
    }

    /** A server may reset the connection instead of closing it: either says that it has taken the request. */
    private static final class CancelConnection extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /** Whether an open connection can be moved to another event loop. */
    boolean movesConnections() {
        return transport.movesChannels();
    }

    private Bootstrap bootstrap(EventLoop loop) {
        return new Bootstrap()
                .group(loop)
                .channel(transport.channel())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS);
    }

    private void resolve(EventLoop loop, Endpoint endpoint, Started result, Consumer<InetAddress> next) {
        resolver.execute(() -> {
            try {
                InetAddress address = InetAddress.getByName(endpoint.host());
                loop.execute(() -> next.accept(address));
            } catch (UnknownHostException e) {
                loop.execute(() -> result.refused(unreachable(endpoint, e)));
            }
        });
    }

    private static ErrorFields unreachable(Endpoint endpoint, Throwable cause) {
        return ErrorFields.fatal(
                "08001",
                "the proxy cannot reach the server at " + endpoint + ": " + cause.getMessage(),
                "Check that the server runs, and host and port of its cluster in the proxy's configuration.");
    }
}
