// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.feature.TenantFeatures;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.database.Expulsion;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.proxy.control.operation.Operations;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.snapshot.Snapshots;
import dev.cutover.proxy.control.store.Acknowledgements.Acknowledgement;
import dev.cutover.proxy.control.store.JointFlips;
import dev.cutover.proxy.control.store.Surveys;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.TenantRouting;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One tenant as the control side sees it: its configuration, its row in the control database, its routing and, while it
 * lasts, its mirroring. Verbs change it one at a time, under its {@link Operations} slot; anybody may read.
 */
public final class Tenant {
    private static final Logger LOG = LoggerFactory.getLogger(Tenant.class);
    private static final StatementPlanner UNMIRRORED = Planners.unmirrored();

    private volatile TenantConfig config;
    private final TenantServices services;
    private final TenantRouting routing;
    private volatile TenantRecord row;
    private volatile boolean doubtful;
    private volatile boolean leads;

    private volatile @Nullable ActiveMirror mirroring;
    private volatile @Nullable Waiting waiting;
    private volatile @Nullable Throttled pace;
    private volatile boolean paused;
    private int pauses;
    private final ReadTotals readTotals = new ReadTotals();
    private final TenantRoutes routes = new TenantRoutes();
    private final Map<Side, String> lastKnownVersions = new ConcurrentHashMap<>();

    private record Waiting(String reason, long sinceNanos) {}

    /** @param row as it was loaded from the control database */
    public Tenant(TenantConfig config, TenantRecord row, TenantServices services, int gateStripes) {
        this.config = config;
        this.services = services;
        this.row = row;
        this.routing = new TenantRouting(
                config.name(),
                config.database(),
                new Gate(gateStripes),
                routes.route(config, row, UNMIRRORED, "", services.features().get()),
                config.sessions());
    }

    public String name() {
        return config.name();
    }

    public TenantConfig config() {
        return config;
    }

    /** Where its marks and progress lie, in each of its services.databases(). */
    public TransitionSchema transition() {
        MaintenanceConfig maintenance = config.maintenance();
        return maintenance == null ? TransitionSchema.USUAL : new TransitionSchema(maintenance.schema());
    }

    /** @param next differs only in what may change while the tenant is running */
    public void reconfigure(TenantConfig next) {
        config = next;
        routing.policy(next.sessions());
        sampleReads();
        evaluateFeatures();
    }

    /** The features or the tenant's tags may have changed. */
    private synchronized void evaluateFeatures() {
        Route current = routing.route();
        TenantFeatures now = services.features().get().of(name(), config.tags(), current.schemaVersion());
        if (!now.equals(current.features())) {
            routing.amend(current.with(now));
        }
    }

    public Neighbours neighbours() {
        return new Neighbours(config, services.all().get(), services.databases().clusters());
    }

    public TenantRouting routing() {
        return routing;
    }

    public TenantRecord row() {
        return row;
    }

    public Phase phase() {
        return row.phase();
    }

    /** Whether this proxy runs the tenant's operations and its resync. */
    public boolean leads() {
        return leads;
    }

    /** @throws SQLException if another proxy runs them */
    public void requireLead() throws SQLException {
        if (!leads) {
            throw new SQLException("another proxy leads tenant " + name() + "; nothing was changed");
        }
    }

    /** This proxy leads the tenant from now on. */
    public void lead() {
        leads = true;
    }

    /** Another proxy leads the tenant: nothing is saved here from now on. */
    public void follow() {
        leads = false;
    }

    /** Takes the row over as it is recorded. Whether a save of this proxy's was recorded stays in doubt until {@link #reload}. */
    public synchronized void adopt(TenantRecord recorded) {
        row = recorded;
    }

    /** Whether other proxies share the control database, those that sleep included. */
    public boolean hasPeers() throws SQLException {
        return services.store().proxies().size() > 1
                || !services.store().sleepers().isEmpty();
    }

    /** The addresses of proxies that may wake with an old route of this tenant. */
    public List<String> sleepingProxies() throws SQLException {
        return services.store().sleepers();
    }

    /**
     * Makes sure that nothing of the proxies that led the tenant before comes late. Safe to repeat.
     *
     * <p>In STEADY a server that does not answer holds up nothing: a verb that needs it fails, and the next one tries again.
     *
     * @throws SQLException if this proxy does not lead the tenant, or a server does not answer
     */
    public void expelPredecessors() throws SQLException, RefusedException, InterruptedException {
        for (String before : services.store().toExpel(name())) {
            try {
                if (!config.movable()
                        || expelled(before, movement().placement(row.serving()).databases())) {
                    services.store().expelled(name(), before);
                }
            } catch (SQLException e) {
                if (phase() != Phase.STEADY || !Transactions.serverGone(e)) {
                    throw e;
                }
                LOG.info("a proxy is not expelled yet tenant={} reason={}", name(), OneLine.of(e));
            }
        }
    }

    /** The same, in the database of the side that serves only. Keeps the record of it: the other database is still to come. */
    public void expelPredecessorsFromServing() throws SQLException, RefusedException, InterruptedException {
        for (String before : services.store().toExpel(name())) {
            if (config.movable()) {
                expelled(before, List.of(movement().database(row.serving())));
            }
        }
    }

    private boolean expelled(String before, List<DataSource> databases)
            throws SQLException, RefusedException, InterruptedException {
        boolean recorded = true;
        for (DataSource database : databases) {
            recorded &= Expulsion.expel(database, transition(), before);
        }
        return recorded;
    }

    /** Saves the row as it is: it fails if another proxy leads by now, and what that one saved is of later. Before what cannot be undone. */
    public void assertLead() throws SQLException {
        save(row);
    }

    /**
     * Waits until every other live proxy has closed its gate for the row as it is now and runs no transaction of the tenant.
     *
     * @return the proxies for which that is not so when the time is over
     */
    public List<Acknowledgement> awaitOtherGates(Duration patience) throws SQLException, InterruptedException {
        return services.store().acknowledgements().await(name(), row.revision(), patience);
    }

    public @Nullable ActiveMirror mirroring() {
        return mirroring;
    }

    public ActiveMirror requireMirroring() {
        return Objects.requireNonNull(mirroring, "the tenant is not mirroring");
    }

    /** Its servers do not answer, so that it cannot be put to work in its phase yet. */
    public void awaitsRecovery(String reason) {
        Waiting before = waiting;
        waiting = new Waiting(reason, before == null ? System.nanoTime() : before.sinceNanos());
    }

    public void recovered() {
        waiting = null;
    }

    /** Why it has not been put to work in its phase yet; null if it has. */
    public @Nullable String awaitedRecovery() {
        Waiting now = waiting;
        return now == null ? null : now.reason();
    }

    /** For how long at least nothing has been carried over to the idle side. */
    public Duration waitedForRecovery() {
        Waiting now = waiting;
        return now == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - now.sinceNanos());
    }

    /** What holds its backfill or verification back; null while none is running. */
    public @Nullable Throttled pace() {
        return pace;
    }

    public void pace(@Nullable Throttled next) {
        pace = next;
    }

    /** Whether its backfill or verification is paused. */
    public boolean paused() {
        return paused;
    }

    public synchronized void paused(boolean next) {
        paused = next;
        pauses++;
    }

    /** How often this proxy was told to pause or resume. */
    synchronized int pauses() {
        return pauses;
    }

    /** Takes over what the database says, unless this proxy was told otherwise since. @param before {@link #pauses} before the look */
    synchronized void pausedInDatabase(boolean recorded, int before) {
        if (pauses == before) {
            paused = recorded;
        }
    }

    /** Where snapshots of its sides are kept. */
    public Snapshots snapshots() {
        return services.snapshots();
    }

    /** The cluster that a side lies on. */
    public ClusterConfig cluster(Side side) {
        SideConfig place = Objects.requireNonNull(config.side(side), "a movable tenant has both sides");
        return Objects.requireNonNull(
                services.databases().clusters().get(place.cluster()), "a side's cluster is configured");
    }

    /** The mapping that the transition began with; outside of one, the configured mapping. */
    public Mapping mapping() {
        Mapping recorded = row.mapping();
        return recorded == null || !row.phase().mirroring() ? config.mapping() : recorded;
    }

    public TenantSides movement() throws RefusedException {
        return TenantSides.of(config.withMapping(mapping()), services.databases());
    }

    /**
     * Replaces the row in the control database, then here.
     *
     * @param next made from {@link #row}; if that has changed meanwhile, the save fails and nothing is changed
     */
    public void save(TenantRecord next) throws SQLException {
        save(next, "");
    }

    /**
     * The same.
     *
     * @param revoked why the tenant is no longer READY; empty if that is not what changes
     */
    public synchronized void save(TenantRecord next, String revoked) throws SQLException {
        requireLead();
        services.store().membership().require();
        try {
            row = services.store().save(next, revoked);
            doubtful = false;
        } catch (SQLException e) {
            doubtful = true;
            throw e;
        }
    }

    /**
     * Replaces the row together with those of the other tenants of a joint flip, as soon as all of them are held.
     *
     * @param patience how long the others may take
     * @return how it has ended; the row is replaced, or certainly is not and will not be
     * @throws SQLException if that is not known: the tenant is {@link #doubtful} then
     */
    public JointFlips.Verdict saveJointly(String joint, TenantRecord next, Duration patience)
            throws SQLException, InterruptedException {
        requireLead();
        services.store().membership().require();
        // Another proxy may replace the row from here on.
        doubtful = true;
        JointFlips.Verdict verdict = services.store().jointFlips().commit(joint, row, next, patience);
        settled(verdict.cancelled());
        return verdict;
    }

    /** Waits until all tenants of a joint flip could flip. */
    public JointFlips.Verdict readyJointly(String joint) throws SQLException, InterruptedException {
        return services.store().jointFlips().ready(joint, name());
    }

    /**
     * Cancels a joint flip for this tenant's sake.
     *
     * @return whether it was committed before; then the row is replaced
     */
    public boolean cancelJointly(String joint, String reason) throws SQLException {
        boolean committed = services.store().jointFlips().cancel(joint, name(), reason);
        if (doubtful) {
            settled(!committed);
        }
        return committed;
    }

    /** How a joint flip has ended is known. */
    private void settled(boolean cancelled) throws SQLException {
        if (cancelled) {
            doubtful = false;
        } else {
            reload();
        }
    }

    /** The same, made from the row as it is at that moment. */
    public synchronized void update(UnaryOperator<TenantRecord> change) throws SQLException {
        save(change.apply(row));
    }

    /** Whether a save was sent and has failed since the row was read: the control database may hold the next one. */
    public boolean doubtful() {
        return doubtful;
    }

    /**
     * Takes READY back where the sides are no longer known to be equal.
     *
     * @param reason the event, in one line
     */
    public void revokeReady(String reason) {
        TenantRecord current = row;
        if (current.phase() == Phase.READY) {
            try {
                save(current.withPhase(Phase.MIRRORING), reason);
                LOG.warn("READY revoked tenant={} reason={}", name(), reason);
            } catch (SQLException e) {
                // A verb has just changed the row; the guardrails of a flip find the refused rows themselves.
                LOG.info("READY was not revoked tenant={} reason={}", name(), OneLine.of(e));
            }
        }
    }

    /** Mirroring for this tenant, not started yet. */
    public ActiveMirror newMirroring(MirrorPlan plan, Placement placement) {
        return new ActiveMirror(
                plan,
                placement,
                new ComparedReads(plan, placement, readTotals, this::searchPath),
                services.databases().schedule(),
                this::revokeReady);
    }

    /** Opens connections to a side that is to serve. */
    public void warm(Side side) throws RefusedException, InterruptedException {
        services.warmth().warm(routing, Objects.requireNonNull(config.side(side), "a movable tenant has both sides"));
    }

    /** Reads the row again: what holds after a save whose outcome is unknown. */
    public synchronized void reload() throws SQLException {
        row = services.store().load(config.name());
        doubtful = false;
    }

    /** The row as the control database has it at this moment. */
    public TenantRecord recorded() throws SQLException {
        return services.store().load(config.name());
    }

    /** Why the tenant is MIRRORING after it was READY; null if that is not so. */
    public TenantStatus.@Nullable Revoked revoked() throws SQLException {
        return row.phase() == Phase.MIRRORING ? services.store().revoked(name()) : null;
    }

    /** The names of all tenants that the control database knows. */
    public Set<String> known() throws SQLException {
        return services.store().names();
    }

    /** Makes the row's route the one that new transactions take. */
    public void publishRoute() {
        publishRoute(schemaVersion(row.serving()));
    }

    /**
     * Completes a route that was published before the serving side's schema version was known. An operation may publish another
     * route meanwhile; that one stays.
     */
    public void publishSchemaVersion() {
        Side serving = row.serving();
        String version = schemaVersion(serving);
        synchronized (this) {
            Route current = routing.route();
            if (current.schemaVersion().isEmpty() && !version.isEmpty() && current.epoch() == row.epoch()) {
                publishRoute(version);
            }
        }
    }

    /** The same, with the serving side's schema version known: needs no database. */
    public synchronized void publishRoute(String schemaVersion) {
        ActiveMirror current = mirroring;
        StatementPlanner planner = current == null ? UNMIRRORED : current.planner();
        routing.publish(routes.route(
                config, row, planner, schemaVersion, services.features().get()));
    }

    /** Puts mirroring in place of whatever there was. The caller publishes the route that goes with it. */
    public void replaceMirroring(@Nullable ActiveMirror next) {
        ActiveMirror before = mirroring;
        synchronized (this) {
            mirroring = next;
            routing.sampling(null);
        }
        if (before != null) {
            before.close();
        }
        if (next != null) {
            if (leads) {
                next.start();
            }
            sampleReads();
        }
    }

    /** As many reads are compared as the configuration says, while there is something to compare with. */
    private synchronized void sampleReads() {
        ActiveMirror current = mirroring;
        if (current != null) {
            routing.sampling(current.reads().share(config.compareReads()));
        }
    }

    /** What other proxies say of their clients. */
    public Surveys surveys() {
        return services.store().surveys();
    }

    /** How many reads have been compared since the proxy started, in any direction. */
    public ReadTotals readTotals() {
        return readTotals;
    }

    /** A side's {@code search_path}, as SQL text. */
    public String searchPath(Side side) {
        SideConfig place = Objects.requireNonNull(config.side(side), "a movable tenant has both sides");
        return Stream.concat(
                        Stream.of(Objects.requireNonNull(place.schema(), "a movable side has a schema")),
                        config.searchPath().stream())
                .map(Names::quote)
                .collect(Collectors.joining(", "));
    }

    /** The same, without asking an idle side that is known not to answer. */
    public String lastKnownSchemaVersion(Side side) {
        ActiveMirror current = mirroring;
        boolean inTrouble = waiting != null || side != row.serving() && current != null && current.trouble() != null;
        return inTrouble ? lastKnownVersions.getOrDefault(side, "") : schemaVersion(side);
    }

    /** The version that the migration tool recorded on a side; empty if there is none or it cannot be read. */
    public String schemaVersion(Side side) {
        SideConfig place = config.side(side);
        if (place == null || place.schema() == null || config.maintenance() == null) {
            return "";
        }
        try (Connection connection = movement().database(side).getConnection()) {
            String version = SchemaHistory.version(connection, place.schema());
            lastKnownVersions.put(side, version == null ? "" : version);
            return version == null ? "" : version;
        } catch (SQLException | RefusedException e) {
            return "";
        }
    }

    /** The planner, where a text that names the schema of the side which does not serve means the one that does. */
    public StatementPlanner translating(StatementPlanner planner, Side serving) {
        return routes.translating(config, planner, serving);
    }

    /** The shapes of clients' statements that named the schema of a side, since the proxy started. */
    public List<String> statementsThatNameASide() {
        return routes.statementsThatNameASide();
    }
}
