// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.AuthConfig.User;
import dev.cutover.config.BackfillPolicy;
import dev.cutover.config.BypassingWriters;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ControlConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Login;
import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Mapping;
import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Phase;
import dev.cutover.config.Secret;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.SideConfig;
import dev.cutover.config.SnapshotsConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantEntries;
import dev.cutover.config.adminapi.AuditEntry;
import dev.cutover.config.adminapi.ComparedRead;
import dev.cutover.config.adminapi.DoctorReport;
import dev.cutover.config.adminapi.MappedTable;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.SeenStatement;
import dev.cutover.config.adminapi.SideVersion;
import dev.cutover.config.adminapi.SnapshotInfo;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.feature.Features;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.tenant.ReadOutcome;
import dev.cutover.proxy.listen.ProxyServer;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/**
 * A whole proxy before a real PostgreSQL, with the movable tenant {@code acme} (schema v1, and v2 where the layout says) and the
 * plainly routed tenant {@code globex}. Both sides' tables are made by the test, in place of migrations.
 */
public final class Lifecycle implements AutoCloseable {
    private static final long VERB_MILLIS = 300_000;
    private static final Duration PATIENCE = Duration.ofMillis(VERB_MILLIS);

    private final TestDatabase app;
    private final TestDatabase green;
    private final TestDatabase control;
    private final CutoverConfig config;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private ControlPlane plane;
    private ProxyServer server;

    private Lifecycle(TestDatabase app, TestDatabase green, TestDatabase control, CutoverConfig config)
            throws Exception {
        this.app = app;
        this.green = green;
        this.control = control;
        this.config = config;
        begin();
    }

    public static Lifecycle start(TestServer server, String tables, Mapping mapping) throws Exception {
        return start(server, tables, mapping, Layout.INLINE);
    }

    /** Both sides in one database, where at most {@code connections} server connections serve all clients. */
    static Lifecycle startWithFew(TestServer server, String tables, int connections) throws Exception {
        TestDatabase app = server.createDatabase();
        TestDatabase control = server.createDatabase();
        app.execute("CREATE SCHEMA globex; CREATE TABLE globex.t (id int PRIMARY KEY); CREATE SCHEMA v1;"
                + " CREATE SCHEMA v2; " + tables);
        CutoverConfig many = config(app, app, control, Mapping.IDENTITY, MirrorMode.INLINE, null);
        ClusterConfig main = new ClusterConfig("main", new Endpoint(server.host(), server.port()), connections);
        return new Lifecycle(
                app,
                app,
                control,
                new CutoverConfig(
                        many.listen(),
                        many.admin(),
                        many.control(),
                        many.auth(),
                        Map.of("main", main),
                        Map.of(
                                "acme",
                                many.tenants().get("acme"),
                                "globex",
                                many.tenants().get("globex"))));
    }

    /** Both sides in a database that the test has made. */
    static Lifecycle startIn(TestDatabase app, String tables) throws Exception {
        app.execute("CREATE SCHEMA globex; CREATE TABLE globex.t (id int PRIMARY KEY); CREATE SCHEMA v1;"
                + " CREATE SCHEMA v2; " + tables);
        TestDatabase control = app.server().createDatabase();
        return new Lifecycle(app, app, control, config(app, app, control, Mapping.IDENTITY, MirrorMode.INLINE, null));
    }

    /** @param tables makes both sides' tables, in v1 and v2 */
    public static Lifecycle start(TestServer server, String tables, Mapping mapping, Layout layout) throws Exception {
        TestDatabase app = server.createDatabase();
        TestDatabase control = server.createDatabase();
        String both = "CREATE SCHEMA v1; CREATE SCHEMA v2; " + tables;
        app.execute("CREATE SCHEMA globex; CREATE TABLE globex.t (id int PRIMARY KEY);" + both);
        TestDatabase green =
                switch (layout) {
                    case INLINE, DEFERRED_IN_ONE_DATABASE -> app;
                    case TWO_DATABASES -> server.createDatabase();
                    case TWO_SERVERS -> TestServer.installed().createDatabase();
                };
        if (green != app) {
            green.execute(both);
            green.execute("DROP SCHEMA v1 CASCADE");
            app.execute("DROP SCHEMA v2 CASCADE");
        }
        return new Lifecycle(app, green, control, config(app, green, control, mapping, layout.mirror, null));
    }

    /** Likewise, where a write to the idle side that bypasses the proxy is undone and not refused. */
    static Lifecycle startUndoing(TestServer server, String tables, Layout layout) throws Exception {
        Lifecycle refusing = start(server, tables, Mapping.IDENTITY, layout);
        refusing.end();
        TenantConfig acme = refusing.config.tenants().get("acme");
        Map<String, TenantConfig> tenants = new HashMap<>(refusing.config.tenants());
        tenants.put(
                "acme",
                new TenantConfig(
                        acme.name(),
                        acme.database(),
                        acme.blue(),
                        acme.green(),
                        acme.searchPath(),
                        acme.maintenance(),
                        acme.migrations(),
                        acme.mapping(),
                        acme.mirror(),
                        acme.drainTimeout(),
                        acme.sessions(),
                        acme.compareReads(),
                        acme.backfill(),
                        BypassingWriters.UNDO,
                        acme.tags()));
        CutoverConfig config = refusing.config;
        return new Lifecycle(
                refusing.app,
                refusing.green,
                refusing.control,
                new CutoverConfig(
                        config.listen(), config.admin(), config.control(), config.auth(), config.clusters(), tenants));
    }

    /** Likewise, in one database, with a place for snapshots. */
    static Lifecycle start(TestServer server, String tables, SnapshotsConfig snapshots) throws Exception {
        TestDatabase app = server.createDatabase();
        TestDatabase control = server.createDatabase();
        app.execute("CREATE SCHEMA globex; CREATE TABLE globex.t (id int PRIMARY KEY); CREATE SCHEMA v1;"
                + " CREATE SCHEMA v2; " + tables);
        CutoverConfig plain = config(app, app, control, Mapping.IDENTITY, MirrorMode.INLINE, null);
        CutoverConfig config = new CutoverConfig(
                plain.listen(),
                plain.listenTls(),
                plain.rollover(),
                plain.admin(),
                plain.control(),
                plain.auth(),
                plain.limits(),
                snapshots,
                plain.campaigns(),
                plain.clusters(),
                plain.tenants(),
                null,
                TenantEntries.NONE,
                Features.NONE);
        return new Lifecycle(app, app, control, config);
    }

    /**
     * Likewise, with the green side made by {@code prepare}.
     *
     * @param blue makes the blue side's tables, unqualified
     * @param migrations the green side's
     */
    public static Lifecycle start(TestServer server, List<String> blue, Path migrations, Mapping mapping, Layout layout)
            throws Exception {
        TestDatabase app = server.createDatabase();
        TestDatabase control = server.createDatabase();
        app.execute("CREATE SCHEMA globex; CREATE TABLE globex.t (id int PRIMARY KEY); CREATE SCHEMA v1");
        for (String sql : blue) {
            app.execute("SET search_path = v1; " + sql);
        }
        TestDatabase green =
                switch (layout) {
                    case INLINE, DEFERRED_IN_ONE_DATABASE -> app;
                    case TWO_DATABASES -> server.createDatabase();
                    case TWO_SERVERS -> TestServer.installed().createDatabase();
                };
        MigrationsConfig next = new MigrationsConfig(List.of(migrations));
        return new Lifecycle(app, green, control, config(app, green, control, mapping, layout.mirror, next));
    }

    static CutoverConfig config(
            TestDatabase app,
            TestDatabase green,
            TestDatabase control,
            Mapping mapping,
            MirrorMode mirror,
            MigrationsConfig migrations) {
        TestServer server = app.server();
        Secret password = server.password().isEmpty() ? null : new Secret(server.password());
        Login login = new Login(server.user(), password);
        TenantConfig acme = new TenantConfig(
                "acme",
                "acme",
                new SideConfig("main", app.name(), "v1"),
                new SideConfig(app.server() == green.server() ? "main" : "other", green.name(), "v2"),
                List.of("public"),
                new MaintenanceConfig(login),
                migrations,
                mapping,
                mirror,
                Duration.ofSeconds(5));
        TenantConfig globex = new TenantConfig(
                "globex",
                "globex",
                new SideConfig("main", app.name(), "globex"),
                null,
                List.of("public"),
                null,
                null,
                Mapping.IDENTITY,
                MirrorMode.INLINE,
                Duration.ofSeconds(2));
        return new CutoverConfig(
                new Endpoint("127.0.0.1", 0),
                new AdminConfig(new Endpoint("127.0.0.1", 0), null),
                new ControlConfig(control.url(), login),
                new AuthConfig(
                        AuthConfig.Method.TRUST,
                        password == null ? Map.of() : Map.of(server.user(), new User(password, null))),
                Map.of("main", cluster("main", server), "other", cluster("other", green.server())),
                Map.of("acme", acme, "globex", globex));
    }

    private static ClusterConfig cluster(String name, TestServer server) {
        return new ClusterConfig(name, new Endpoint(server.host(), server.port()), 40);
    }

    private void begin() throws Exception {
        listen();
        plane.recover();
        awaitFirstRecovery();
    }

    private void listen() throws Exception {
        plane = ControlPlane.start(config, ProxyServer.eventLoops());
        server = ProxyServer.start(
                config.listen(), config.auth(), config.clusters(), RouteTable.of(plane.routings()), meters);
        plane.warm(server.backends());
    }

    /** Waits until acme is recovered or the reason why it is not is known. */
    private void awaitFirstRecovery() throws Exception {
        try {
            Eventually.until("acme is recovered", PATIENCE, () -> {
                return !"recover".equals(status().running()) || status().resyncTrouble() != null;
            });
        } catch (AssertionError e) {
            throw new AssertionError("acme is not recovered: " + status(), e);
        }
    }

    /** Likewise, without putting tenants to work: verbs come before that. */
    void restartUnrecovered() throws Exception {
        end();
        listen();
    }

    /** Ends the proxy in order and starts another one on the same control database. */
    public void restart() throws Exception {
        end();
        begin();
    }

    /** Reloads acme with another policy for its sessions. */
    void sessions(SessionPolicy policy) throws Exception {
        reload(acme -> acme.with(acme.drainTimeout(), policy, acme.compareReads(), acme.backfill()));
    }

    /** Reloads acme with this share of its reads to be compared. */
    void compareReads(double share) throws Exception {
        reload(acme -> acme.with(acme.drainTimeout(), acme.sessions(), share, acme.backfill()));
    }

    /** Reloads acme with another pace for its rows. */
    void backfill(BackfillPolicy policy) throws Exception {
        reload(acme -> acme.with(acme.drainTimeout(), acme.sessions(), acme.compareReads(), policy));
    }

    /** Reloads acme with another mapping. */
    void mapping(Mapping mapping) throws Exception {
        reload(acme -> acme.withMapping(mapping));
    }

    private void reload(UnaryOperator<TenantConfig> change) throws Exception {
        Map<String, TenantConfig> tenants = new HashMap<>(config.tenants());
        tenants.computeIfPresent("acme", (name, acme) -> change.apply(acme));
        plane.prepare(new CutoverConfig(
                        config.listen(), config.admin(), config.control(), config.auth(), config.clusters(), tenants))
                .publish()
                .run();
    }

    public int port() {
        return server.port();
    }

    /** Of acme. */
    TenantRouting routing() {
        return plane.routings().stream()
                .filter(routing -> routing.tenant().equals("acme"))
                .findFirst()
                .orElseThrow();
    }

    /** The blue side's database, where globex lies too. */
    public TestDatabase app() {
        return app;
    }

    /** The green side's database. */
    public TestDatabase green() {
        return green;
    }

    public TestDatabase control() {
        return control;
    }

    /** The database that v1 or v2 lies in. */
    public TestDatabase database(String schema) {
        return schema.equals("v1") ? app : green;
    }

    /** Through the proxy. */
    /** Flips against one guardrail. */
    void forcedFlip(String guardrail) throws Exception {
        Operation flip = attempt("flip", new VerbRequest.Switch(false, false, Set.of(guardrail)));
        if (flip.state() != Operation.State.SUCCEEDED) {
            throw new AssertionError(flip.message());
        }
    }

    public Connection connect(String tenant) throws SQLException {
        return connect(tenant, app.server().user(), app.server().password());
    }

    Connection connect(String tenant, String user, String password) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port() + "/" + tenant, user, password);
    }

    /** Runs a verb on acme to its end, whatever that is. */
    public Operation attempt(String verb, VerbRequest request) throws Exception {
        Operation started = plane.start("acme", VerbName.of(verb).orElseThrow(), request, "test")
                .orElseThrow();
        return plane.await("acme", started.id(), VERB_MILLIS).orElseThrow();
    }

    /** Starts a verb on acme; the future has its end. */
    public CompletableFuture<Operation> begin(String verb, VerbRequest request) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return attempt(verb, request);
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    /** Runs verbs that must succeed. */
    public void run(String... verbs) throws Exception {
        for (String verb : verbs) {
            Operation operation = attempt(verb, VerbRequest.PLAIN);
            if (operation.state() != Operation.State.SUCCEEDED) {
                throw new AssertionError(verb + ": " + operation.state() + ": " + operation.message() + " "
                        + operation.findings() + operation.blockers());
            }
        }
    }

    /** Waits until so many clients of acme are connected. */
    public void awaitSessions(int sessions) throws Exception {
        Eventually.until(sessions + " sessions of acme", Duration.ofMinutes(1), () -> {
            return status().traffic().sessions() >= sessions;
        });
    }

    /** Waits until acme is in this phase, at most as long as a verb may take. */
    void awaitPhase(Phase phase) throws Exception {
        try {
            Eventually.until("acme is " + phase, PATIENCE, () -> status().phase() == phase);
        } catch (AssertionError e) {
            throw new AssertionError("acme is " + status().phase() + " and not " + phase, e);
        }
    }

    /** Waits until resync has carried everything, at most as long as a verb may take. */
    public void awaitNoMarks() throws Exception {
        awaitMarks("no mark is left", () -> status().marks().pending() == 0);
    }

    /** Waits until no mark is left but those of so many refused rows. */
    void awaitRefused(int rows) throws Exception {
        awaitMarks("only the marks of " + rows + " refused rows are left", () -> {
            return status().marks().pending() == rows && ledger(null).refused() == rows;
        });
    }

    private void awaitMarks(String what, Eventually.Condition condition) throws Exception {
        try {
            Eventually.until(what, PATIENCE, condition);
        } catch (AssertionError e) {
            throw new AssertionError("marks are left: " + status().marks() + " " + ledger(null), e);
        }
    }

    /** What clients of acme have sent, as {@code check} lists it. */
    public List<SeenStatement> statements() {
        return plane.statements("acme").orElseThrow();
    }

    /** The snapshots of acme, the newest first. */
    List<SnapshotInfo> snapshots() throws Exception {
        return plane.snapshots("acme").orElseThrow();
    }

    /** States of acme that should not be. */
    public DoctorReport doctor() throws Exception {
        return plane.doctor("acme").orElseThrow();
    }

    /** Pauses what is at work on acme, or has it go on. */
    TenantStatus pause(boolean paused) throws Exception {
        return plane.pause("acme", paused, "test").orElseThrow();
    }

    /** Both sides' versions. */
    List<SideVersion> versions() throws InterruptedException {
        return plane.versions("acme").orElseThrow();
    }

    public TenantStatus status() throws Exception {
        return plane.status("acme").orElseThrow();
    }

    /** What was done to acme, the newest first. */
    public List<AuditEntry> history() throws Exception {
        return plane.history("acme", 100).orElseThrow();
    }

    /** The rows that the idle side refuses. @param table null for all */
    public RefusedRows ledger(String table) throws Exception {
        return plane.ledger("acme", table).orElseThrow();
    }

    /** How acme's tables are mapped. */
    List<MappedTable> mapping() {
        return plane.mapping("acme").orElseThrow();
    }

    /** What has come of acme's compared reads. */
    public List<ComparedRead> reads() {
        return plane.reads("acme").orElseThrow();
    }

    /** How many of acme's reads came out so. */
    public long comparedReads(ReadOutcome outcome) {
        return plane.comparedReads("acme", outcome);
    }

    /** How many query texts were planned with this outcome: mirrored, unchanged or refused. */
    public double planned(String outcome) {
        return meters.get("cutover.statements").tag("outcome", outcome).functionCounters().stream()
                .mapToDouble(FunctionCounter::count)
                .sum();
    }

    private void end() {
        server.close();
        plane.close();
    }

    @Override
    public void close() {
        end();
        if (green.server() != app.server()) {
            try {
                green.server().close();
            } catch (Exception e) {
                throw new IllegalStateException("the second server does not end", e);
            }
        }
    }
}
