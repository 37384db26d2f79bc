// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cutover.config.ControlConfig;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.AuditEntry;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.config.adminapi.TenantStatus.Revoked;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionGrants;
import dev.cutover.proxy.control.store.TenantRecord.LastEnd;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.store.TenantRecord.Verified;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * The control database: what every tenant's phase and route are, and who did what. Its schema {@code cutover} is kept by
 * Flyway. Several proxies may share it ({@link FleetMembership}). Each tenant has one leader among them, which runs its operations and
 * its resync; a row changes only by compare-and-set on its revision, and a new leader is a new revision.
 */
public final class ControlStore implements AutoCloseable {
    private static final String FORBIDDEN = "42501";
    private static final long CONNECT_MILLIS = 5_000;

    /** Where a change of a tenant's row is announced; the payload is the tenant's name. */
    public static final String CHANNEL = "cutover_tenant";

    /** Begins the reason in a line of the history that tells a change of phase. */
    private static final String REVOKED = "; READY was revoked: ";

    private static final String LAST_PHASE = """
            SELECT at, CASE WHEN strpos(message, ?) = 0 THEN '' ELSE substr(message, strpos(message, ?) + length(?)) END
            FROM cutover.audit WHERE tenant = ? AND command = 'phase' ORDER BY id DESC LIMIT 1""";

    private final HikariDataSource database;
    private final ControlConfig config;
    private final FleetMembership membership;
    private final Bell bell = new Bell();
    private final Acknowledgements acknowledgements;
    private final Surveys surveys;
    private final RunningWork work;
    private final DeclaredStore declared;
    private final JointFlips jointFlips;

    private ControlStore(ControlConfig config, HikariDataSource database, FleetMembership membership) {
        this.config = config;
        this.database = database;
        this.membership = membership;
        this.acknowledgements = new Acknowledgements(database, membership, bell);
        this.surveys = new Surveys(database, membership, bell);
        this.work = new RunningWork(database);
        this.declared = new DeclaredStore(database);
        this.jointFlips = new JointFlips(database, bell);
    }

    /** For what has tables of its own in the control database. */
    public DataSource database() {
        return database;
    }

    /** Connects, migrates, and makes this proxy a member of the fleet. */
    public static ControlStore open(ControlConfig config, FleetMembership.Described self) throws StartupException {
        FleetMembership membership = FleetMembership.connect(config, self);
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(config.url());
        pool.setUsername(config.login().user());
        if (config.login().password() != null) {
            pool.setPassword(config.login().password().value());
        }
        pool.setPoolName("control");
        pool.setMaximumPoolSize(4);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(CONNECT_MILLIS);
        // A host that is lost answers nothing; whoever holds a tenant's gate must not wait for it as long as the kernel
        // does.
        ControlSession.timeouts().forEach((name, value) -> pool.addDataSourceProperty(name.toString(), value));
        HikariDataSource database = new HikariDataSource(pool);
        try {
            Flyway.configure(ControlStore.class.getClassLoader())
                    .dataSource(database)
                    .schemas("cutover")
                    .defaultSchema("cutover")
                    .table("control_history")
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .locations("classpath:dev/cutover/proxy/control")
                    .load()
                    .migrate();
            try (Connection connection = database.getConnection()) {
                TransitionGrants.revoke(connection, "cutover");
            }
            membership.join();
        } catch (FlywayException | SQLException e) {
            database.close();
            membership.close();
            throw new StartupException(
                    "control.url: the schema cutover cannot be migrated: "
                            + unmigrated(e, config.login().user()),
                    e);
        }
        return new ControlStore(config, database, membership);
    }

    private static String unmigrated(Exception e, String user) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && FORBIDDEN.equals(sql.getSQLState())) {
                return OneLine.of(sql) + "; as a superuser, run GRANT CREATE ON DATABASE for role "
                        + Names.quote(user) + ", or CREATE SCHEMA cutover AUTHORIZATION " + Names.quote(user)
                        + " in that database";
            }
        }
        return OneLine.of(e);
    }

    /** The rows of these tenants, by name, in two statements for any number of them. A tenant that has none gets its first. */
    public Map<String, TenantRecord> loadAll(Collection<String> tenants) throws SQLException {
        TenantRecord initial = TenantRecord.initial("");
        Map<String, TenantRecord> found = new HashMap<>();
        try (Connection connection = database.getConnection()) {
            Array names = connection.createArrayOf("text", tenants.toArray());
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO cutover.tenant (name, phase, serving, epoch) SELECT unnest(?), ?, ?, ?"
                            + " ON CONFLICT DO NOTHING")) {
                insert.setArray(1, names);
                insert.setString(2, initial.phase().name());
                insert.setString(3, initial.serving().name());
                insert.setLong(4, initial.epoch());
                insert.executeUpdate();
            }
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT * FROM cutover.tenant WHERE name = ANY (?)")) {
                select.setArray(1, names);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        TenantRecord record = read(rows);
                        found.put(record.tenant(), record);
                    }
                }
            }
        }
        return found;
    }

    /** The tenant's row as it is now. */
    public TenantRecord load(String tenant) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("SELECT * FROM cutover.tenant WHERE name = ?")) {
            statement.setString(1, tenant);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("the row of tenant " + tenant + " has vanished from the control database");
                }
                return read(row);
            }
        }
    }

    /** This proxy among those that share the control database. */
    public FleetMembership membership() {
        return membership;
    }

    /**
     * Makes this proxy the leader of these tenants, where no live proxy leads them.
     *
     * <p>The proxy that led one of them is no longer a member; if it lives, it joins again under another id. That it is to be expelled
     * from the tenant's databases is recorded with the claim: whoever claims, and dies before it has expelled it, leaves that to the next.
     *
     * @return the tenants that it leads from now on and did not before
     */
    public Set<String> claim(Collection<String> tenants) throws SQLException {
        return claim(tenants, Duration.ZERO);
    }

    /**
     * The same, but not from a proxy that has renewed its lease so lately that it may only have lost its session: it opens another.
     */
    public Set<String> claim(Collection<String> tenants, Duration unheard) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement claim =
                        // NOT IN is judged anew for a row that another claim has changed meanwhile; an anti-join would
                        // not be.
                        connection.prepareStatement("WITH free AS (SELECT name, leader FROM cutover.tenant"
                                + " WHERE name = ANY (?) AND leader IS DISTINCT FROM ?"
                                + " AND (leader IS NULL OR leader NOT IN (SELECT id FROM cutover.live_proxy UNION ALL"
                                + " SELECT id FROM cutover.proxy WHERE lease_until > now() AND renewed_at > now() - ?::interval))"
                                + " ORDER BY name FOR UPDATE),"
                                + " dead AS (DELETE FROM cutover.proxy p USING free WHERE p.id = free.leader),"
                                + " noted AS (INSERT INTO cutover.expulsion (tenant, proxy) SELECT name, leader FROM free"
                                + " WHERE leader IS NOT NULL ON CONFLICT DO NOTHING),"
                                + " claimed AS (UPDATE cutover.tenant t SET leader = ?, revision = revision + 1, updated_at = now()"
                                + " FROM free WHERE t.name = free.name RETURNING t.name)"
                                + " SELECT name, pg_notify('" + CHANNEL + "', name) FROM claimed")) {
            claim.setArray(1, connection.createArrayOf("text", tenants.toArray()));
            claim.setString(2, membership.id());
            claim.setString(3, unheard.toMillis() + " ms");
            claim.setString(4, membership.id());
            Set<String> claimed = new HashSet<>();
            try (ResultSet rows = claim.executeQuery()) {
                while (rows.next()) {
                    claimed.add(rows.getString(1));
                }
            }
            return claimed;
        }
    }

    /**
     * The proxies that are still to be expelled from the tenant's databases.
     *
     * @throws SQLException if this proxy does not lead the tenant: another one may have claimed it, and this one be among them
     */
    public List<String> toExpel(String tenant) throws SQLException {
        try (Connection connection = database.getConnection()) {
            List<List<String>> led = Rows.query(
                    connection,
                    "SELECT ARRAY(SELECT e.proxy FROM cutover.expulsion e WHERE e.tenant = t.name AND e.proxy <> t.leader)"
                            + " FROM cutover.tenant t WHERE t.name = ? AND t.leader = ?",
                    row -> List.of((String[]) row.getArray(1).getArray()),
                    tenant,
                    membership.id());
            if (led.isEmpty()) {
                throw new SQLException("another proxy leads tenant " + tenant + "; nothing was changed");
            }
            return led.get(0);
        }
    }

    /** The proxy has been expelled from the tenant's databases, by the tenant's leader. */
    public void expelled(String tenant, String proxy) throws SQLException {
        try (Connection connection = database.getConnection()) {
            Rows.query(
                    connection,
                    "DELETE FROM cutover.expulsion e USING cutover.tenant t WHERE e.tenant = ? AND e.proxy = ?"
                            + " AND t.name = e.tenant AND t.leader = ? RETURNING e.proxy",
                    row -> row.getString(1),
                    tenant,
                    proxy,
                    membership.id());
        }
    }

    /** Lets another proxy lead what this one leads; for one that goes down. */
    public void resign() throws SQLException {
        try (Connection connection = database.getConnection()) {
            Rows.query(
                    connection,
                    "WITH left_behind AS (UPDATE cutover.tenant SET leader = NULL, revision = revision + 1,"
                            + " updated_at = now() WHERE leader = ? RETURNING name)"
                            + " SELECT name, pg_notify('" + CHANNEL + "', name) FROM left_behind",
                    row -> row.getString(1),
                    membership.id());
        }
    }

    /** The rows that have changed in the last while; null for all of them. */
    public List<TenantRecord> changed(@Nullable Duration within) throws SQLException {
        String recent = within == null ? "" : " WHERE updated_at > now() - interval '" + within.toMillis() + " ms'";
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement("SELECT * FROM cutover.tenant" + recent);
                ResultSet rows = select.executeQuery()) {
            List<TenantRecord> found = new ArrayList<>();
            while (rows.next()) {
                found.add(read(rows));
            }
            return found;
        }
    }

    /** The tenants that no live proxy leads. */
    public Set<String> leaderless() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Set.copyOf(Rows.query(
                    connection,
                    "SELECT name FROM cutover.tenant"
                            + " WHERE leader IS NULL OR leader NOT IN (SELECT id FROM cutover.live_proxy)",
                    row -> row.getString(1)));
        }
    }

    /** What is announced on these channels from now on. */
    public Announcements announcements(List<String> channels) {
        return new Announcements(config, channels);
    }

    /** Rings when another proxy has answered. */
    public Bell bell() {
        return bell;
    }

    /** What proxies say of their clients. */
    public Surveys surveys() {
        return surveys;
    }

    /** The progress of what tenants' leaders run. */
    public RunningWork work() {
        return work;
    }

    /** The tenants that are declared outside the configuration file. */
    public DeclaredStore declared() {
        return declared;
    }

    /** Flips of several tenants at one instant. */
    public JointFlips jointFlips() {
        return jointFlips;
    }

    /** What proxies say of closed gates. */
    public Acknowledgements acknowledgements() {
        return acknowledgements;
    }

    /** Asks a proxy to drain: it sees that when it renews its lease. @return false if no live proxy has that number */
    public boolean drain(int number) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return !Rows.query(
                            connection,
                            "UPDATE cutover.proxy SET drain = true WHERE number = ?::int"
                                    + " AND id IN (SELECT id FROM cutover.live_proxy) RETURNING id",
                            row -> row.getString(1),
                            Integer.toString(number))
                    .isEmpty();
        }
    }

    /**
     * The addresses of proxies that count as dead and have not ended: they are stopped or cut off, and may wake with an old route. Each
     * still holds its lock.
     */
    public List<String> sleepers() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT coalesce(p.address, 'a proxy that was replaced') || ' (session ' || l.pid || ' of the control database)'"
                            + " FROM cutover.proxy_lock l"
                            + " LEFT JOIN cutover.proxy p ON p.number = l.number"
                            + " WHERE l.number NOT IN (SELECT number FROM cutover.live_proxy) ORDER BY 1",
                    row -> row.getString(1));
        }
    }

    /** Where the other live proxies are reached by this one. */
    public List<String> peers() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT peer FROM cutover.live_proxy WHERE id <> ?",
                    row -> row.getString(1),
                    membership.id());
        }
    }

    /** Every proxy that is alive. */
    public List<ProxyStatus> proxies() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT p.number, p.address, p.version, p.config, p.sessions, p.started_at,"
                            + " extract(epoch FROM p.lease_until - now()) * 1000, p.id = ?,"
                            + " (SELECT count(*) FROM cutover.tenant t WHERE t.leader = p.id), p.drain"
                            + " FROM cutover.live_proxy p ORDER BY p.number",
                    row -> new ProxyStatus(
                            row.getInt(1),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getInt(5),
                            row.getTimestamp(6).toInstant(),
                            row.getLong(7),
                            row.getBoolean(8),
                            row.getLong(9),
                            row.getBoolean(10)),
                    membership.id());
        }
    }

    /**
     * Replaces the row if nobody changed it since the one that {@code next} was made from was read.
     *
     * @return the new row
     * @throws SQLException if somebody did, or the control database does not answer; then {@link #load} tells what holds
     */
    public TenantRecord save(TenantRecord next) throws SQLException {
        return save(next, "");
    }

    /**
     * The same.
     *
     * @param revoked why the tenant is no longer READY, for the history; empty if that is not what changes
     */
    public TenantRecord save(TenantRecord next, String revoked) throws SQLException {
        // The change and its line in the history are one statement: neither is there without the other.
        String sql = "WITH old AS (SELECT phase, serving, epoch FROM cutover.tenant WHERE name = ? AND revision = ?),"
                + " saved AS (UPDATE cutover.tenant SET phase = ?, serving = ?, epoch = ?, switching_from = ?, token = ?,"
                + " pending_work = ?, verify_rows = ?, verify_mismatches = ?, verified_at = ?, verify_incarnation = ?, transition_schema = ?, mapping = ?, held = ?, last_end = ?,"
                + " revision = revision + 1,"
                + " updated_at = now() WHERE name = ? AND revision = ? AND leader = ? RETURNING name, phase, serving, epoch),"
                + " noted AS (INSERT INTO cutover.audit (tenant, actor, command, result, message) SELECT saved.name,"
                + " 'the proxy', 'phase', saved.phase, 'from ' || old.phase || '; ' || lower(saved.serving)"
                + " || ' serves, epoch ' || saved.epoch || ? FROM old, saved WHERE old.phase <> saved.phase)"
                + " SELECT count(*), max(pg_notify('" + CHANNEL + "', name)::text) FROM saved";
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, next.tenant());
            statement.setLong(2, next.revision());
            statement.setString(3, next.phase().name());
            statement.setString(4, next.serving().name());
            statement.setLong(5, next.epoch());
            statement.setString(6, name(next.switchingFrom()));
            statement.setString(7, next.token());
            statement.setString(8, name(next.pendingWork()));
            statement.setLong(9, next.verified().rows());
            statement.setLong(10, next.verified().mismatches());
            statement.setTimestamp(
                    11,
                    next.verified().at() == null
                            ? null
                            : Timestamp.from(next.verified().at()));
            statement.setString(12, next.verified().incarnation());
            statement.setString(13, next.transitionSchema());
            statement.setString(14, RecordedMapping.write(next.mapping()));
            statement.setBoolean(15, next.held());
            statement.setString(16, name(next.lastEnd()));
            statement.setString(17, next.tenant());
            statement.setLong(18, next.revision());
            statement.setString(19, membership.id());
            statement.setString(20, revoked.isEmpty() ? "" : REVOKED + revoked);
            try (ResultSet saved = statement.executeQuery()) {
                if (!saved.next() || saved.getLong(1) != 1) {
                    throw new SQLException("tenant " + next.tenant() + " was changed by somebody else meanwhile");
                }
            }
        }
        return next.withRevision(next.revision() + 1);
    }

    /** Why the tenant is MIRRORING after it was READY; null if it has not been READY, or was made so by a verb. */
    public @Nullable Revoked revoked(String tenant) throws SQLException {
        try (Connection connection = database.getConnection()) {
            List<Revoked> found = Rows.query(
                    connection,
                    LAST_PHASE,
                    row -> new Revoked(row.getTimestamp(1).toInstant(), row.getString(2)),
                    REVOKED,
                    REVOKED,
                    REVOKED,
                    tenant);
            return found.isEmpty() || found.get(0).reason().isEmpty() ? null : found.get(0);
        }
    }

    public void audit(String tenant, String actor, String command, String result, String message) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "INSERT INTO cutover.audit (tenant, actor, command, result, message) VALUES (?, ?, ?, ?, ?)")) {
            statement.setString(1, tenant);
            statement.setString(2, actor);
            statement.setString(3, command);
            statement.setString(4, result);
            statement.setString(5, message);
            statement.executeUpdate();
        }
    }

    /** A tenant's last audit entries, the newest first. */
    public List<AuditEntry> history(String tenant, int limit) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT at, actor, command, result, message FROM cutover.audit WHERE tenant = ? ORDER BY id DESC LIMIT "
                            + limit,
                    row -> new AuditEntry(
                            row.getTimestamp(1).toInstant(),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getString(5)),
                    tenant);
        }
    }

    /** Where a tenant stands at the moment of a listing. */
    public record Standing(Phase phase, Side serving, long epoch) {}

    /** Where all tenants stand at one moment, by name. */
    public Map<String, Standing> standings() throws SQLException {
        Map<String, Standing> standings = new HashMap<>();
        try (Connection connection = database.getConnection()) {
            Rows.query(
                    connection,
                    "SELECT name, phase, serving, epoch FROM cutover.tenant",
                    row -> standings.put(
                            row.getString(1),
                            new Standing(
                                    Phase.valueOf(row.getString(2)), Side.valueOf(row.getString(3)), row.getLong(4))));
        }
        return standings;
    }

    /** Every tenant that has a row. */
    public Set<String> names() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Set.copyOf(Rows.query(connection, "SELECT name FROM cutover.tenant", row -> row.getString(1)));
        }
    }

    private static TenantRecord read(ResultSet row) throws SQLException {
        String switchingFrom = row.getString("switching_from");
        String pendingWork = row.getString("pending_work");
        String lastEnd = row.getString("last_end");
        Timestamp verifiedAt = row.getTimestamp("verified_at");
        return new TenantRecord(
                row.getString("name"),
                Phase.valueOf(row.getString("phase")),
                Side.valueOf(row.getString("serving")),
                row.getLong("epoch"),
                switchingFrom == null ? null : Phase.valueOf(switchingFrom),
                row.getString("token"),
                pendingWork == null ? null : PendingWork.valueOf(pendingWork),
                new Verified(
                        row.getLong("verify_rows"),
                        row.getLong("verify_mismatches"),
                        verifiedAt == null ? null : verifiedAt.toInstant(),
                        row.getString("verify_incarnation")),
                row.getString("transition_schema"),
                RecordedMapping.read(row.getString("mapping")),
                lastEnd == null ? null : LastEnd.valueOf(lastEnd),
                row.getBoolean("held"),
                row.getString("leader"),
                row.getLong("revision"));
    }

    private static @Nullable String name(@Nullable Enum<?> constant) {
        return constant == null ? null : constant.name();
    }

    @Override
    public void close() {
        database.close();
        membership.close();
    }
}
