// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control;

import dev.cutover.config.CampaignsConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Login;
import dev.cutover.config.SideConfig;
import dev.cutover.config.adminapi.AuditEntry;
import dev.cutover.config.adminapi.ComparedRead;
import dev.cutover.config.adminapi.DoctorReport;
import dev.cutover.config.adminapi.Explanation;
import dev.cutover.config.adminapi.MappedTable;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.SeenStatement;
import dev.cutover.config.adminapi.SideVersion;
import dev.cutover.config.adminapi.SnapshotInfo;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.adminapi.WorkProgress;
import dev.cutover.config.declared.MergedTenants;
import dev.cutover.config.feature.TenantFeatures;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.worker.Pause;
import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.control.campaign.Campaigns;
import dev.cutover.proxy.control.doctor.Doctor;
import dev.cutover.proxy.control.fleet.FleetMember;
import dev.cutover.proxy.control.fleet.FleetWatch;
import dev.cutover.proxy.control.fleet.OperationRequests;
import dev.cutover.proxy.control.maintenance.MaintenancePool;
import dev.cutover.proxy.control.operation.Operations;
import dev.cutover.proxy.control.operation.Reachability;
import dev.cutover.proxy.control.operation.ReloadStep;
import dev.cutover.proxy.control.operation.Reverification;
import dev.cutover.proxy.control.operation.TenantDirectory;
import dev.cutover.proxy.control.operation.TenantRemoval;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.report.Explainer;
import dev.cutover.proxy.control.report.LedgerReport;
import dev.cutover.proxy.control.report.MappingReport;
import dev.cutover.proxy.control.report.StatusReport;
import dev.cutover.proxy.control.report.VersionReport;
import dev.cutover.proxy.control.snapshot.SnapshotException;
import dev.cutover.proxy.control.snapshot.Snapshots;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.DeclaredStore;
import dev.cutover.proxy.control.store.SideDatabases;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.ComparedReads;
import dev.cutover.proxy.control.tenant.ConnectionWarmer;
import dev.cutover.proxy.control.tenant.ReadOutcome;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.route.TenantRouting;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All tenants and what can be done to them. Safe for use by many threads; every method may block on a database. */
public final class ControlPlane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);
    private static final long LOOK_MILLIS = 30_000;
    private static final Duration SHOWN_WITHIN = Duration.ofSeconds(3);
    private static final long SHOWN_LOOK_MILLIS = 100;

    private final ControlStore store;
    private final SideDatabases databases;
    private final Operations operations;
    private final ConnectionWarmer warmth = new ConnectionWarmer();
    private final Snapshots snapshots;
    private final Reverification reverification;
    private final TenantDirectory tenants;
    private final OperationRequests requests;
    private final FleetWatch watch;
    private final Campaigns campaigns;
    private volatile @Nullable LoadedTenants loaded;

    /**
     * The tenants with which a proxy starts.
     *
     * @param revision of those that the control database declares
     */
    public record LoadedTenants(MergedTenants merged, long revision) {}

    private ControlPlane(
            ControlStore store,
            SideDatabases databases,
            Snapshots snapshots,
            CampaignsConfig campaigns,
            int gateStripes) {
        this.snapshots = snapshots;
        this.store = store;
        this.databases = databases;
        this.operations = new Operations(store);
        this.tenants = new TenantDirectory(databases, store, warmth, snapshots, operations, gateStripes);
        this.requests = new OperationRequests(store, operations, (tenant, verb, request, actor) -> OfferedVerb.of(verb)
                .start(operations, tenant, request, actor));
        this.watch = new FleetWatch(store, tenants::all, operations, requests, databases::renamed);
        this.campaigns = new Campaigns(store, requests, tenants::all, campaigns);
        this.reverification = new Reverification(tenants::all, operations, InstantSource.system());
    }

    /**
     * Connects to the control database and loads every tenant. Each is served by its recorded side. Call {@link #recover} when
     * the proxy listens.
     *
     * @param gateStripes how many event loops there are
     */
    public static ControlPlane start(CutoverConfig config, int gateStripes) throws StartupException {
        Reachability.requireAny(config.clusters().values());
        AtomicReference<@Nullable ControlPlane> started = new AtomicReference<>();
        ControlStore store = ControlStore.open(config.control(), FleetMember.of(config, () -> sessions(started.get())));
        ControlPlane plane = new ControlPlane(
                store,
                new SideDatabases(config.clusters(), store.membership().id()),
                new Snapshots(config.snapshots()),
                config.campaigns(),
                gateStripes);
        try {
            DeclaredStore.Declared declared = store.declared().load();
            MergedTenants merged = MergedTenants.of(config, config.clusters(), Map.of(), declared.tenants());
            merged.problems()
                    .forEach((tenant, problem) ->
                            LOG.warn("declared tenant is not served tenant={} reason={}", tenant, problem));
            plane.loaded = new LoadedTenants(merged, declared.revision());
            plane.tenants.load(merged.config());
            plane.configured(merged.config());
            started.set(plane);
        } catch (SQLException e) {
            plane.close();
            throw new StartupException("control.url: cannot read the declared tenants: " + OneLine.of(e), e);
        } catch (StartupException | RuntimeException e) {
            plane.close();
            throw e;
        }
        return plane;
    }

    /** The tenants with which this proxy has started: the file's and those that the control database declares. */
    public LoadedTenants loaded() {
        return Objects.requireNonNull(loaded, "set before the plane is handed out");
    }

    /** The tenants that are declared outside the configuration file. */
    public DeclaredStore declared() {
        return store.declared();
    }

    /** Puts every tenant to work in its phase, in the background. */
    public void recover() {
        tenants.recover();
        watch.start();
        campaigns.start();
    }

    /** Many tenants that move in waves. */
    public Campaigns campaigns() {
        return campaigns;
    }

    /** Without {@link #recover}: if another proxy leads the tenant, that one runs what is asked for, or this one when it is dead. */
    public void awaitLeader(String tenant) {
        if (tenants.find(tenant) != null) {
            watch.start();
        }
    }

    /**
     * Clients reach this proxy at one address, and the other proxies of its fleet at another, which may be the same. The others know it
     * when this returns, unless the control database does not answer; then they know it once it does.
     */
    public void reachedAt(String clients, String peers) {
        store.membership().address(clients, peers);
    }

    /** Where the other proxies of the fleet listen; empty if the control database does not answer. */
    public Optional<List<InetSocketAddress>> peers() {
        try {
            return Optional.of(store.peers().stream().map(ControlPlane::address).toList());
        } catch (SQLException e) {
            LOG.info("the other proxies are not known reason={}", OneLine.of(e));
            return Optional.empty();
        }
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    private static int sessions(@Nullable ControlPlane plane) {
        return plane == null
                ? 0
                : plane.tenants.all().stream()
                        .mapToInt(tenant -> tenant.routing().sessions().size())
                        .sum();
    }

    /** Another server is a cluster's primary. Returns at once. */
    public void failedOver(String cluster) {
        databases.failedOver(cluster);
    }

    /** The configuration has been read again. */
    public void configured(CutoverConfig config) {
        store.membership().configuration(FleetMember.digest(config));
    }

    /** What happens when this proxy is asked to drain. */
    public void onDrain(Runnable task) {
        store.membership().onDrain(task);
    }

    /** Asks a proxy of the fleet to drain. @return false if no live proxy has that number */
    public boolean drain(int number, String actor) throws SQLException {
        LOG.info("a proxy is asked to drain proxy={} actor={}", number, actor);
        return store.drain(number);
    }

    /** The proxies that share the control database and are alive. */
    public List<ProxyStatus> proxies() throws SQLException {
        return store.proxies();
    }

    /** Keeps verbs off the tenants that a changed configuration no longer has, as far as they can be removed. */
    public TenantRemoval removal(Set<String> wanted) {
        return tenants.removal(wanted);
    }

    /** Closes the maintenance connections that no tenant of the configuration needs. */
    public void closeUnneeded(CutoverConfig config) {
        databases.retain(config);
    }

    /**
     * Makes ready what a changed configuration needs: new tenants are loaded.
     *
     * @throws StartupException in one line; then nothing has changed
     */
    public ReloadStep prepare(CutoverConfig next) throws StartupException {
        return tenants.prepare(next);
    }

    /** Before a flip to another database, connections are opened in these pools. */
    public void warm(BackendPools pools) {
        warmth.of(pools);
    }

    /** How far the tenant's idle side is behind; zero for one that is not mirrored. */
    public Duration lag(String tenant) {
        Tenant found = tenants.find(tenant);
        ActiveMirror mirroring = found == null ? null : found.mirroring();
        return mirroring != null ? mirroring.lag() : found == null ? Duration.ZERO : found.waitedForRecovery();
    }

    /** How many of the tenant's tables mark because the idle side refuses rows of them. */
    public int fallbackTables(String tenant) {
        Tenant found = tenants.find(tenant);
        ActiveMirror mirroring = found == null ? null : found.mirroring();
        return mirroring == null ? 0 : mirroring.fallback().size();
    }

    /** The tenant's backfill or verification; null while none is running. Reads no database. */
    public @Nullable WorkProgress work(String tenant) {
        Tenant found = tenants.find(tenant);
        return found == null ? null : operations.work(found);
    }

    /** How the places in the pools of maintenance connections are taken. */
    public List<MaintenancePool.Places> maintenance() {
        return databases.usage();
    }

    /** What sessions are routed by. */
    public Collection<TenantRouting> routings() {
        return tenants.all().stream().map(Tenant::routing).toList();
    }

    /** Writes what concerns no single tenant to the audit log. */
    public void audit(String actor, String command, String result, String message) throws SQLException {
        store.audit("", actor, command, result, message);
    }

    /** Writes what concerns a tenant to the audit log. */
    public void audit(String tenant, String actor, String command, String result, String message) throws SQLException {
        store.audit(tenant, actor, command, result, message);
    }

    /** A database of a configured cluster, as the given role. */
    public DataSource database(String cluster, String database, Login login) {
        return databases.of(new SideConfig(cluster, database, null), login);
    }

    /** Where all tenants stand at one moment; while the control database does not answer, as far as this proxy knows. */
    public List<TenantSummary> tenants() {
        Map<String, ControlStore.Standing> recorded = standings();
        return tenants.all().stream()
                .map(tenant -> summary(tenant, recorded.get(tenant.name())))
                .toList();
    }

    private Map<String, ControlStore.Standing> standings() {
        try {
            return store.standings();
        } catch (SQLException e) {
            return Map.of();
        }
    }

    private static TenantSummary summary(Tenant tenant, ControlStore.@Nullable Standing recorded) {
        TenantRecord row = tenant.row();
        ControlStore.Standing now =
                recorded != null ? recorded : new ControlStore.Standing(row.phase(), row.serving(), row.epoch());
        return new TenantSummary(
                tenant.name(),
                tenant.config().database(),
                now.phase(),
                now.serving(),
                now.epoch(),
                tenant.routing().sessions().size(),
                tenant.awaitedRecovery(),
                tenant.config().tags());
    }

    /** Empty for a tenant that is not configured. */
    public Optional<TenantStatus> status(String tenant) throws SQLException {
        Tenant found = tenants.find(tenant);
        if (found == null) {
            return Optional.empty();
        }
        if (found.leads()) {
            return Optional.of(StatusReport.of(found, operations.running(tenant), operations.work(found)));
        }
        WorkProgress work = shownByLeader(tenant);
        return Optional.of(StatusReport.of(found, work == null ? null : work.verb(), work));
    }

    /** What was done to the tenant, the newest first; empty for one that is not configured. */
    public Optional<List<AuditEntry>> history(String tenant, int limit) throws SQLException {
        return tenants.find(tenant) != null ? Optional.of(store.history(tenant, limit)) : Optional.empty();
    }

    /** Empty for a tenant that is not configured. */
    public Optional<Explanation> explain(String tenant, String sql) throws SQLException {
        Tenant found = tenants.find(tenant);
        return found == null ? Optional.empty() : Optional.of(Explainer.explain(found, sql));
    }

    /** The same, each statement of a script. */
    public Optional<List<Explanation>> explainEach(String tenant, String script) throws SQLException {
        Tenant found = tenants.find(tenant);
        return found == null ? Optional.empty() : Optional.of(Explainer.explainEach(found, script));
    }

    /** What clients of a tenant have sent that writes, or may; empty for a tenant that is not configured. */
    public Optional<List<SeenStatement>> statements(String tenant) {
        return whileMirroring(tenant, mirroring -> mirroring.statements().stream()
                .map(seen -> new SeenStatement(
                        seen.statement(), seen.inline(), seen.marked(), seen.net(), seen.refused(), seen.reason()))
                .toList());
    }

    /** How a tenant's tables are mapped; empty for a tenant that is not configured. */
    public Optional<List<MappedTable>> mapping(String tenant) {
        return Optional.ofNullable(tenants.find(tenant)).map(MappingReport::of);
    }

    /** What has come of a tenant's compared reads in this direction; empty for a tenant that is not configured. */
    public Optional<List<ComparedRead>> reads(String tenant) {
        return whileMirroring(tenant, mirroring -> mirroring.reads().compared().stream()
                .map(ComparedReads::shown)
                .toList());
    }

    private <T> Optional<List<T>> whileMirroring(String tenant, Function<ActiveMirror, List<T>> answer) {
        Tenant found = tenants.find(tenant);
        if (found == null) {
            return Optional.empty();
        }
        ActiveMirror mirroring = found.mirroring();
        return Optional.of(mirroring == null ? List.of() : answer.apply(mirroring));
    }

    /** How many of the tenant's reads have come out so since the proxy started. */
    public long comparedReads(String tenant, ReadOutcome outcome) {
        Tenant found = tenants.find(tenant);
        return found == null ? 0 : found.readTotals().of(outcome).sum();
    }

    /** States of the tenant that should not be; empty for one that is not configured. */
    public Optional<DoctorReport> doctor(String tenant) throws SQLException {
        Tenant found = tenants.find(tenant);
        return found == null ? Optional.empty() : Optional.of(Doctor.report(found, operations.running(tenant)));
    }

    /** At which versions the tenant's sides are; empty for one that is not configured. */
    public Optional<List<SideVersion>> versions(String tenant) throws InterruptedException {
        Tenant found = tenants.find(tenant);
        return found == null ? Optional.empty() : Optional.of(VersionReport.of(found));
    }

    /** The features that this proxy tells the tenant's clients; empty for one that is not configured. */
    public Optional<TenantFeatures> features(String tenant) {
        Tenant found = tenants.find(tenant);
        return found == null
                ? Optional.empty()
                : Optional.of(found.routing().route().features());
    }

    /** The tenant's snapshots, the newest first; empty for one that is not configured. */
    public Optional<List<SnapshotInfo>> snapshots(String tenant) throws SnapshotException {
        return tenants.find(tenant) != null ? Optional.of(snapshots.list(tenant)) : Optional.empty();
    }

    /** Empty for a tenant that is not configured. @param table only the rows of this one; null for all */
    public Optional<RefusedRows> ledger(String tenant, @Nullable String table) throws SQLException {
        Tenant found = tenants.find(tenant);
        return found == null ? Optional.empty() : Optional.of(LedgerReport.of(found, table));
    }

    /**
     * Starts a verb; empty if the tenant is not known.
     *
     * @throws OperationRefused if another operation is running on the tenant
     */
    public Optional<Operation> start(String tenant, VerbName verb, VerbRequest request, String actor)
            throws OperationRefused, SQLException {
        Tenant found = tenants.find(tenant);
        if (found == null) {
            return Optional.empty();
        }
        if (!found.leads()) {
            return Optional.of(requests.ask(found, verb, request, actor));
        }
        try {
            Operation started = OfferedVerb.of(verb).start(operations, found, request, actor);
            requests.record(found, started, verb, request, actor);
            return Optional.of(started);
        } catch (RefusedException e) {
            throw new OperationRefused(OneLine.of(e));
        }
    }

    /**
     * Runs a verb to its end; empty if the tenant is not known.
     *
     * @throws OperationRefused if another operation runs on the tenant
     */
    public Optional<Operation> run(String tenant, VerbName verb, VerbRequest request, String actor)
            throws OperationRefused, SQLException, InterruptedException {
        Optional<Operation> operation = start(tenant, verb, request, actor);
        while (operation.isPresent() && !operation.get().ended()) {
            operation = await(tenant, operation.get().id(), LOOK_MILLIS);
        }
        return operation;
    }

    /**
     * Pauses the tenant's backfill or verification, or resumes it; durable. Empty for a tenant that is not configured.
     *
     * @throws OperationRefused if neither is running
     */
    public Optional<TenantStatus> pause(String tenant, boolean paused, String actor)
            throws OperationRefused, SQLException, InterruptedException {
        Tenant found = tenants.find(tenant);
        if (found == null) {
            return Optional.empty();
        }
        ActiveMirror mirroring = found.mirroring();
        String running = found.leads() ? pausable(found) : pausableElsewhere(tenant);
        if (mirroring == null || running == null) {
            throw new OperationRefused("neither backfill nor verify is running on tenant " + tenant);
        }
        try (Connection connection = mirroring.placement().serving().getConnection()) {
            Pause.set(connection, mirroring.plan().transition(), tenant, paused);
        }
        // Another proxy that leads the tenant sees it within a second.
        found.paused(paused);
        store.audit(tenant, actor, paused ? "pause" : "resume", "SUCCEEDED", running);
        return status(tenant);
    }

    private @Nullable String pausable(Tenant tenant) {
        return tenant.pace() == null ? null : operations.running(tenant.name());
    }

    /** The leader shows what it runs once a second, so it may be running and not be shown yet. */
    private @Nullable String pausableElsewhere(String tenant) throws SQLException, InterruptedException {
        Deadline deadline = Deadline.after(SHOWN_WITHIN);
        WorkProgress work = store.work().of(tenant);
        while (work == null && !deadline.passed()) {
            Thread.sleep(SHOWN_LOOK_MILLIS);
            work = store.work().of(tenant);
        }
        return work == null ? null : work.verb();
    }

    /** The rest of the status is known without the control database. */
    private @Nullable WorkProgress shownByLeader(String tenant) {
        try {
            return store.work().of(tenant);
        } catch (SQLException e) {
            LOG.debug("the leader's progress cannot be read tenant={} reason={}", tenant, OneLine.of(e));
            return null;
        }
    }

    /** The operation as it stands after at most {@code millis}, or at its end. */
    public Optional<Operation> await(String tenant, String id, long millis) throws SQLException, InterruptedException {
        Optional<Operation> here = operations.await(tenant, id, millis);
        return here.isPresent() ? here : requests.await(id, millis);
    }

    /** Another operation is running on the tenant. */
    public static final class OperationRefused extends Exception {
        private static final long serialVersionUID = 1L;

        OperationRefused(String message) {
            super(message);
        }
    }

    @Override
    public void close() {
        campaigns.close();
        reverification.close();
        watch.close();
        try {
            operations.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        requests.close();
        tenants.all().forEach(tenant -> tenant.replaceMirroring(null));
        try {
            if (operations.ended()) {
                store.resign();
            }
        } catch (SQLException e) {
            LOG.info("the tenants stay with this proxy until others see that it is gone reason={}", OneLine.of(e));
        }
        databases.close();
        store.close();
    }
}
