// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.ListenTls;
import dev.cutover.config.Secret;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import dev.cutover.dualwrite.testing.ChildProcess;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.listen.ProxyServer;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A proxy in this process before a PostgreSQL that runs already, with one tenant that has a blue and a green schema. */
public final class ProxyFixture implements AutoCloseable {
    public static final String CLUSTER = "main";
    public static final String TENANT = "acme";

    private final StatementPlanner planner;
    private final TenantRouting routing;
    private final ProxyServer server;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private ProxyFixture(
            Endpoint postgres,
            int listenPort,
            String database,
            int poolSize,
            AuthConfig auth,
            StatementPlanner planner) {
        this(new ClusterConfig(CLUSTER, postgres, poolSize), listenPort, database, null, auth, Limits.DEFAULT, planner);
    }

    private ProxyFixture(
            ClusterConfig cluster,
            int listenPort,
            String database,
            @Nullable ListenTls tls,
            AuthConfig auth,
            Limits limits,
            StatementPlanner planner) {
        this.planner = planner;
        Gate gate = new Gate(ProxyServer.eventLoops());
        this.routing = new TenantRouting(TENANT, TENANT, gate, route(1, Side.BLUE, database, planner));
        this.server = ProxyServer.start(
                new Endpoint("127.0.0.1", listenPort),
                tls,
                auth,
                limits,
                Map.of(CLUSTER, cluster),
                RouteTable.of(List.of(routing)),
                meters);
    }

    /** Before a test database, in which it creates both schemas, each with a table {@code where_am_i} of one row. */
    public static ProxyFixture start(TestDatabase database, int poolSize) throws SQLException {
        return start(database, poolSize, new FakePlanner());
    }

    public static ProxyFixture start(TestDatabase database, int poolSize, StatementPlanner planner)
            throws SQLException {
        for (String schema : List.of("blue", "green")) {
            database.execute("CREATE SCHEMA " + schema + "; CREATE TABLE " + schema + ".where_am_i (side text);"
                    + "INSERT INTO " + schema + ".where_am_i VALUES ('" + schema + "');"
                    + "CREATE TABLE " + schema + ".item (id int PRIMARY KEY, name text)");
        }
        String user = database.server().user();
        AuthConfig trust = new AuthConfig(
                AuthConfig.Method.TRUST,
                Map.of(user, new AuthConfig.User(new Secret(database.server().password()), null)));
        return new ProxyFixture(
                new Endpoint(database.server().host(), database.server().port()),
                0,
                database.name(),
                poolSize,
                trust,
                planner);
    }

    public static ProxyFixture start(Endpoint postgres, String database, int poolSize) {
        return start(postgres, database, poolSize, new AuthConfig(AuthConfig.Method.TRUST, Map.of()));
    }

    public static ProxyFixture start(Endpoint postgres, String database, int poolSize, AuthConfig auth) {
        return new ProxyFixture(postgres, 0, database, poolSize, auth, new FakePlanner());
    }

    /** With all that can be configured. */
    public static ProxyFixture start(
            ClusterConfig cluster, String database, @Nullable ListenTls tls, AuthConfig auth, Limits limits) {
        return new ProxyFixture(cluster, 0, database, tls, auth, limits, new FakePlanner());
    }

    /** A route to the schema named as the side is. */
    public static Route route(long epoch, Side side, String database, StatementPlanner planner) {
        return new Route(
                TENANT,
                epoch,
                side,
                CLUSTER,
                database,
                side.label(),
                List.of(side.label(), "public"),
                Set.of(Side.BLUE.label(), Side.GREEN.label()),
                planner,
                "1");
    }

    public FakePlanner planner() {
        return (FakePlanner) planner;
    }

    public TenantRouting routing() {
        return routing;
    }

    public ProxyServer server() {
        return server;
    }

    public SimpleMeterRegistry meters() {
        return meters;
    }

    public int port() {
        return server.port();
    }

    /** A client's connection, through the proxy. */
    public Connection connect(String user) throws SQLException {
        return connect(user, "");
    }

    /** @param options of pgjdbc: {@code name=value&...} */
    public Connection connect(String user, String options) throws SQLException {
        return DriverManager.getConnection(jdbcUrl() + "?sslmode=disable&user=" + user + "&password=x&" + options);
    }

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + TENANT;
    }

    /** Moves the tenant to a side as a flip does: close, drain, publish, open. */
    public void flip(Side to) throws InterruptedException {
        flip(to, routing.route().database());
    }

    public void flip(Side to, String database) throws InterruptedException {
        routing.gate().close();
        try {
            if (!routing.gate().awaitDrained(java.time.Duration.ofSeconds(30))) {
                throw new IllegalStateException("not drained: " + routing.activeTransactions());
            }
            Route now = routing.route();
            routing.publish(route(now.epoch() + 1, to, database, planner));
        } finally {
            routing.gate().open();
        }
    }

    @Override
    public void close() {
        server.close();
    }

    /**
     * Runs until it is killed: {@code <listen port> <postgres port> <database> <pool size> [<user> <password>]...}. With
     * users, clients log in by SCRAM.
     */
    public static void main(String[] args) throws IOException {
        Map<String, AuthConfig.User> users = new HashMap<>();
        for (int i = 4; i + 1 < args.length; i += 2) {
            boolean verifier = args[i + 1].startsWith("SCRAM-SHA-256$");
            Secret secret = new Secret(args[i + 1]);
            users.put(args[i], new AuthConfig.User(verifier ? null : secret, verifier ? secret : null));
        }
        AuthConfig.Method method = users.isEmpty() ? AuthConfig.Method.TRUST : AuthConfig.Method.SCRAM_SHA_256;
        try (ProxyFixture fixture = new ProxyFixture(
                new Endpoint("127.0.0.1", Integer.parseInt(args[1])),
                Integer.parseInt(args[0]),
                args[2],
                Integer.parseInt(args[3]),
                new AuthConfig(method, users),
                new FakePlanner())) {
            System.out.println("listening on " + fixture.port());
            ChildProcess.awaitParentsEnd();
        }
    }
}
