// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.script;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.Side;
import dev.cutover.config.feature.FeatureState;
import dev.cutover.config.feature.TenantFeatures;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import dev.cutover.proxy.auth.ClientAuthenticator;
import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.client.ClientHandler;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.session.shared.AdminDatabase;
import dev.cutover.proxy.session.shared.Admission;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ReportedParametersCache;
import dev.cutover.proxy.session.shared.SessionServices;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.wire.ListenerTls;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A whole session in memory: the proxy's own client handler and pools between a scripted client and a scripted server. All of it is
 * on one event loop, so that everything a step leads to has happened once the loop is idle.
 */
final class SessionHarness implements AutoCloseable {
    /** Names within the JVM, so no two harnesses meet. */
    private static final AtomicInteger PORTS = new AtomicInteger(20_000);

    /** A step may lead to this many others, one behind the other. */
    private static final int TURNS = 40;

    /** One for all: to start a thread and to stop it takes longer than a case. */
    private static final MultiThreadIoEventLoopGroup GROUP =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("scripts", true), LocalIoHandler.newFactory());

    private final MultiThreadIoEventLoopGroup group = GROUP;
    private final List<ScriptedClient> clients = new ArrayList<>();
    private final Gate gate = new Gate(1);
    private final StatementPlanner planner;
    private final TenantRouting routing;
    private final ScriptedServer server;
    private final Channel listening;
    private final int port = PORTS.incrementAndGet();

    SessionHarness(StatementPlanner planner) throws InterruptedException {
        int serverPort = PORTS.incrementAndGet();
        this.planner = planner;
        this.routing = new TenantRouting("acme", "acme", gate, ProxyFixture.route(1, Side.BLUE, "app", planner));
        this.server = new ScriptedServer(group, serverPort);
        SecureRandom random = new SecureRandom();
        ProxyMeters meters = new ProxyMeters(new SimpleMeterRegistry());
        ClientAuthenticator authenticator =
                new ClientAuthenticator(new AuthConfig(AuthConfig.Method.TRUST, Map.of()), random);
        ClusterConfig cluster = new ClusterConfig("main", new Endpoint("127.0.0.1", serverPort), 2);
        BackendPools pools = new BackendPools(
                group,
                MemoryTransport.TRANSPORT,
                Map.of("main", cluster),
                authenticator,
                Runnable::run,
                meters,
                Duration.ofSeconds(10));
        SessionServices services = new SessionServices(
                RouteTable.of(List.of(routing)),
                authenticator,
                pools,
                new CancelKeys(random),
                new ReportedParametersCache(),
                meters,
                new ListenerTls(null),
                new Admission(Limits.DEFAULT),
                AdminDatabase.CLOSED);
        this.listening = new ServerBootstrap()
                .group(group)
                .channel(LocalServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new ClientHandler(services, channel, 0));
                    }
                })
                .bind(MemoryTransport.address(port))
                .sync()
                .channel();
    }

    ScriptedServer server() {
        return server;
    }

    Gate gate() {
        return gate;
    }

    /** A client that has run a transaction, so that its next one finds a backend as it needs it. */
    ScriptedClient login() throws InterruptedException, ExecutionException {
        ScriptedClient client = connect(Map.of());
        server.unscripted();
        client.send(List.of("Q SELECT 0"));
        settle();
        server.scripted();
        client.received();
        return client;
    }

    /** A client that has logged in and run nothing. */
    ScriptedClient connect(Map<String, String> startup) throws InterruptedException, ExecutionException {
        server.unscripted();
        ScriptedClient client = new ScriptedClient(group, port, "acme", startup);
        clients.add(client);
        settle();
        server.scripted();
        client.received();
        return client;
    }

    TenantRouting routing() {
        return routing;
    }

    /** The route changes, as by a flip. */
    void flip() {
        Route now = routing.route();
        routing.publish(ProxyFixture.route(now.epoch() + 1, now.serving().other(), "app", planner)
                .with(now.features()));
    }

    /** The tenant has these features, and no others. */
    void features(Map<String, String> values) {
        Map<String, FeatureState> states = new LinkedHashMap<>();
        values.forEach((name, value) ->
                states.put(name, new FeatureState(name, value.equals(FeatureState.ON), true, "", "1", "1")));
        routing.amend(routing.route().with(new TenantFeatures(states)));
    }

    /** Lets the event loop run until nothing is left to do: each turn puts itself behind what the one before has led to. */
    void settle() throws InterruptedException, ExecutionException {
        CompletableFuture<Void> settled = new CompletableFuture<>();
        turn(TURNS, settled);
        settled.get();
    }

    private void turn(int left, CompletableFuture<Void> settled) {
        if (left == 0) {
            settled.complete(null);
        } else {
            group.execute(() -> turn(left - 1, settled));
        }
    }

    @Override
    public void close() throws InterruptedException, ExecutionException {
        listening.close().sync();
        clients.forEach(ScriptedClient::close);
        settle();
        server.close();
        settle();
    }
}
