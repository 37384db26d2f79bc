// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.ListenTls;
import dev.cutover.config.time.Deadline;
import dev.cutover.proxy.auth.AuthQuery;
import dev.cutover.proxy.auth.ClientAuthenticator;
import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.route.TenantSession;
import dev.cutover.proxy.session.shared.AdminDatabase;
import dev.cutover.proxy.session.shared.Admission;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ReportedParametersCache;
import dev.cutover.proxy.session.shared.SessionServices;
import dev.cutover.proxy.wire.ListenerTls;
import dev.cutover.proxy.wire.ServerTls;
import dev.cutover.proxy.wire.Transport;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The proxy's listening socket and what serves its clients. */
public final class ProxyServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);

    private static final int AUTH_THREADS = 4;
    private static final int DROP_SECONDS = 10;

    private final MultiThreadIoEventLoopGroup group;
    private final ExecutorService resolver;
    private final ExecutorService authThreads;
    private final Function<AuthConfig.Query, DataSource> authDatabases;
    private final Sockets listening;
    private final SessionServices services;
    private final Clients clients;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Consumer<String> whenFailedOver = cluster -> {};

    private ProxyServer(
            MultiThreadIoEventLoopGroup group,
            ExecutorService resolver,
            ExecutorService authThreads,
            Function<AuthConfig.Query, DataSource> authDatabases,
            Sockets listening,
            SessionServices services,
            Clients clients) {
        this.group = group;
        this.resolver = resolver;
        this.authThreads = authThreads;
        this.authDatabases = authDatabases;
        this.listening = listening;
        this.services = services;
        this.clients = clients;
        services.pools().whenFailedOver(cluster -> {
            whenFailedOver.accept(cluster);
            // Another server may report something else at login.
            services.knownParameters().clear();
            endLeftBehind();
        });
    }

    /** How many event loops a proxy has, and so how many stripes its gates need. */
    public static int eventLoops() {
        return Math.max(
                1, Integer.getInteger("cutover.eventLoops", Runtime.getRuntime().availableProcessors()));
    }

    /** Begins to accept clients, without TLS and with the default limits. Port 0 takes a free one. */
    public static ProxyServer start(
            Endpoint listen,
            AuthConfig auth,
            Map<String, ClusterConfig> clusters,
            RouteTable routes,
            MeterRegistry registry) {
        return start(listen, null, auth, Limits.DEFAULT, clusters, routes, registry);
    }

    /** Begins to accept clients, whose verifiers need not be looked up. */
    public static ProxyServer start(
            Endpoint listen,
            @Nullable ListenTls listenTls,
            AuthConfig auth,
            Limits limits,
            Map<String, ClusterConfig> clusters,
            RouteTable routes,
            MeterRegistry registry) {
        Function<AuthConfig.Query, DataSource> none = query -> {
            throw new IllegalArgumentException("auth.query: there is no way to its database");
        };
        ControlSide alone = new ControlSide(none, AdminDatabase.CLOSED);
        return start(new Address(listen, listenTls, false), auth, limits, clusters, routes, registry, alone);
    }

    /**
     * What clients get from the control side.
     *
     * @param authDatabases gives the database of an {@code auth.query}
     */
    public record ControlSide(Function<AuthConfig.Query, DataSource> authDatabases, AdminDatabase admin) {}

    /**
     * Where clients connect.
     *
     * @param shared whether other processes of the same user may listen there, too
     */
    public record Address(Endpoint endpoint, @Nullable ListenTls tls, boolean shared) {}

    /** Begins to accept clients. Port 0 takes a free one. */
    public static ProxyServer start(
            Address address,
            AuthConfig auth,
            Limits limits,
            Map<String, ClusterConfig> clusters,
            RouteTable routes,
            MeterRegistry registry,
            ControlSide control) {
        ServerTls tls = address.tls() == null ? null : ServerTls.load(address.tls());
        Transport transport = Transport.choose();
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
                eventLoops(), new DefaultThreadFactory("cutover-loop", true), transport.handlers());
        ExecutorService resolver = Executors.newCachedThreadPool(new DefaultThreadFactory("cutover-resolve", true));
        SecureRandom random = new SecureRandom();
        ProxyMeters meters = new ProxyMeters(registry);
        ExecutorService authThreads =
                Executors.newFixedThreadPool(AUTH_THREADS, new DefaultThreadFactory("cutover-auth", true));
        ClientAuthenticator authenticator =
                new ClientAuthenticator(auth, authQuery(auth, control.authDatabases(), authThreads), random);
        BackendPools backends =
                new BackendPools(group, transport, clusters, authenticator, resolver, meters, limits.poolWaitTimeout());
        routes.tenants()
                .forEach(tenant ->
                        backends.tenantSize(tenant.tenant(), tenant.policy().poolSize()));
        SessionServices services = new SessionServices(
                routes,
                authenticator,
                backends,
                new CancelKeys(random),
                new ReportedParametersCache(),
                meters,
                new ListenerTls(tls),
                new Admission(limits),
                control.admin());
        Clients clients = new Clients();
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ClientInitializer(services, clients));
        Sockets sockets = Sockets.open(bootstrap, transport, address);
        LOG.info("listening: address={} transport={}", sockets.clients().localAddress(), transport.name());
        return new ProxyServer(group, resolver, authThreads, control.authDatabases(), sockets, services, clients);
    }

    /**
     * What is listened on.
     *
     * @param peers a port of this process alone, where the address of the clients is shared: there other proxies reach it
     */
    private record Sockets(Channel clients, @Nullable Channel peers) {
        static Sockets open(ServerBootstrap bootstrap, Transport transport, Address address) {
            InetSocketAddress wanted = new InetSocketAddress(
                    address.endpoint().host(), address.endpoint().port());
            if (!address.shared()) {
                return new Sockets(bind(bootstrap, wanted), null);
            }
            ServerBootstrap sharing = bootstrap.clone();
            transport.sharePort(sharing);
            Channel clients = bind(sharing, wanted);
            return new Sockets(clients, bind(bootstrap, new InetSocketAddress(wanted.getAddress(), 0)));
        }

        private static Channel bind(ServerBootstrap bootstrap, InetSocketAddress address) {
            return bootstrap.bind(address).syncUninterruptibly().channel();
        }

        void closeClients() {
            clients.close().syncUninterruptibly();
        }

        void closePeers() {
            if (peers != null) {
                peers.close().syncUninterruptibly();
            }
        }
    }

    private static @Nullable AuthQuery authQuery(
            AuthConfig auth, Function<AuthConfig.Query, DataSource> databases, Executor threads) {
        AuthConfig.Query query = auth.query();
        return query == null ? null : new AuthQuery(query, databases.apply(query), threads);
    }

    /**
     * Applies what can change while clients are connected. Sessions continue; connections of servers too.
     *
     * @throws IllegalArgumentException if certificates are not what they should be; then nothing changes
     */
    public void reconfigure(
            @Nullable ListenTls listenTls, AuthConfig auth, Limits limits, Map<String, ClusterConfig> clusters) {
        ServerTls tls = listenTls == null ? null : ServerTls.load(listenTls);
        if (services.pools().reconfigure(clusters, limits.poolWaitTimeout())) {
            // Another server may report something else at login.
            services.knownParameters().clear();
            endLeftBehind();
        }
        services.tls().replace(tls);
        services.authenticator().reconfigure(auth, authQuery(auth, authDatabases, authThreads));
        services.admission().limits(limits);
    }

    /** The sessions that keep a connection to a cluster's former address end, unless they run a transaction. */
    private void endLeftBehind() {
        services.routes().tenants().forEach(tenant -> tenant.sessions().forEach(TenantSession::endIfLeftBehind));
    }

    /** Serves another tenant, or one that has another policy now. */
    public void serve(TenantRouting tenant) {
        services.pools().tenantSize(tenant.tenant(), tenant.policy().poolSize());
        services.routes().add(tenant);
    }

    /**
     * Ends what no tenant of a changed configuration needs.
     *
     * @param gone tenants that are no longer served
     * @param needed whether a side of a tenant lies in the database of a pool
     * @param clusters those of the configuration
     */
    public void remove(Collection<TenantRouting> gone, Predicate<PoolKey> needed, Set<String> clusters) {
        Set<String> names = gone.stream().map(TenantRouting::tenant).collect(Collectors.toSet());
        gone.forEach(services.routes()::remove);
        gone.forEach(TenantRouting::remove);
        names.forEach(services.pools()::forgetTenant);
        Set<String> unused = services.pools().clusters().stream()
                .filter(cluster -> !clusters.contains(cluster))
                .collect(Collectors.toSet());
        try {
            services.pools()
                    .drop(key -> names.contains(key.tenant()) || !needed.test(key), unused)
                    .get(DROP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // They are dropped when the event loops come to it.
            LOG.warn("pools are not dropped yet: tenants={} clusters={}", names, unused, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What else is to be done when another server is a cluster's primary. Must not block. */
    public void whenFailedOver(Consumer<String> task) {
        whenFailedOver = task;
    }

    /** Cancel requests that fit no session here go to the other proxies. @param addresses where those listen; empty if nobody knows; may block */
    public void peers(Supplier<Optional<List<InetSocketAddress>>> addresses) {
        services.cancelKeys().peers(new PeerCancels(addresses));
    }

    public int port() {
        return port(listening.clients());
    }

    /** Where other proxies of the fleet reach this one and no other. */
    public int peerPort() {
        Channel peers = listening.peers();
        return port(peers == null ? listening.clients() : peers);
    }

    private static int port(Channel channel) {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    public ProxyMeters meters() {
        return services.meters();
    }

    public BackendPools backends() {
        return services.pools();
    }

    /**
     * Stops accepting, lets running transactions end, and tells idle clients to go; after the deadline, all of them.
     * Blocks. Not for event loops.
     */
    public void drainAndClose(Duration deadline) throws InterruptedException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // Cancel requests for the sessions that end now come to the other proxies, and from there to this one, if it
        // has a port for them.
        listening.closeClients();
        Deadline end = Deadline.after(deadline);
        clients.endIdle(listening.peers());
        while (!clients.awaitGone(Duration.ofMillis(50)) && !end.passed()) {
            clients.endIdle(listening.peers());
        }
        clients.endAll();
        clients.awaitGone(Duration.ofSeconds(1));
        listening.closePeers();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        resolver.shutdownNow();
        authThreads.shutdownNow();
    }

    /** Closes at once. */
    @Override
    public void close() {
        try {
            drainAndClose(Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
