// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.AuthConfig.User;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.PoolConfig;
import dev.cutover.config.Secret;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.listen.ProxyServer;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A proxy in this process, with two tenants in one database: {@code acme} with a policy of its own, and {@code globex}. */
public final class TwoTenants implements AutoCloseable {
    public static final String CLUSTER = "main";

    private final TenantRouting acme;
    private final ProxyServer server;

    private TwoTenants(TenantRouting acme, ProxyServer server) {
        this.acme = acme;
        this.server = server;
    }

    public static TwoTenants start(TestDatabase database, PoolConfig pool, SessionPolicy policy, Duration poolWait) {
        return start(
                database,
                new Endpoint(database.server().host(), database.server().port()),
                pool,
                policy,
                poolWait);
    }

    /** @param postgres where the database's server is reached */
    public static TwoTenants start(
            TestDatabase database, Endpoint postgres, PoolConfig pool, SessionPolicy policy, Duration poolWait) {
        String user = database.server().user();
        TenantRouting acme = routing("acme", database, policy);
        Limits limits = new Limits(0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, poolWait);
        ProxyServer server = ProxyServer.start(
                new Endpoint("127.0.0.1", 0),
                null,
                new AuthConfig(
                        AuthConfig.Method.TRUST,
                        Map.of(user, new User(new Secret(database.server().password()), null))),
                limits,
                Map.of(CLUSTER, new ClusterConfig(CLUSTER, postgres, pool, ClusterTls.DISABLED)),
                RouteTable.of(List.of(acme, routing("globex", database, SessionPolicy.DEFAULT))),
                new SimpleMeterRegistry());
        return new TwoTenants(acme, server);
    }

    private static TenantRouting routing(String tenant, TestDatabase database, SessionPolicy policy) {
        Gate gate = new Gate(ProxyServer.eventLoops());
        return new TenantRouting(tenant, tenant, gate, route(tenant, 1, Side.BLUE, database.name()), policy);
    }

    private static Route route(String tenant, long epoch, Side side, String database) {
        return new Route(
                tenant,
                epoch,
                side,
                CLUSTER,
                database,
                side.label(),
                List.of(side.label(), "public"),
                Set.of(Side.BLUE.label(), Side.GREEN.label()),
                new FakePlanner(),
                "1");
    }

    public int port() {
        return server.port();
    }

    public BackendPools backends() {
        return server.backends();
    }

    public TenantRouting acme() {
        return acme;
    }

    /** Moves acme to a side as a flip does: close, drain, publish, open. */
    public void flip(Side to) throws InterruptedException {
        acme.gate().close();
        try {
            if (!acme.gate().awaitDrained(Duration.ofSeconds(30))) {
                throw new IllegalStateException("not drained: " + acme.activeTransactions());
            }
            Route now = acme.route();
            acme.publish(route(now.tenant(), now.epoch() + 1, to, now.database()));
        } finally {
            acme.gate().open();
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
