// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cutover.config.ControlConfig;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.AuditEntry;
import dev.cutover.config.adminapi.TenantStatus.Revoked;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionGrants;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.store.TenantRecord.Verified;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * The control database: what every tenant's phase and route are, and who did what. Its schema {@code cutover} is kept by
 * Flyway. One proxy at a time works on it: it holds a session advisory lock for as long as it lives.
 */
public final class ControlStore implements AutoCloseable {
    private static final String FORBIDDEN = "42501";
    private static final long CONNECT_MILLIS = 5_000;

    /** Begins the reason in a line of the history that tells a change of phase. */
    private static final String REVOKED = "; READY was revoked: ";

    private static final String LAST_PHASE = """
            SELECT at, CASE WHEN strpos(message, ?) = 0 THEN '' ELSE substr(message, strpos(message, ?) + length(?)) END
            FROM cutover.audit WHERE tenant = ? AND command = 'phase' ORDER BY id DESC LIMIT 1""";

    private final HikariDataSource database;
    private final Ownership owner;

    private ControlStore(HikariDataSource database, Ownership owner) {
        this.database = database;
        this.owner = owner;
    }

    /** Connects, takes ownership and migrates. */
    public static ControlStore open(ControlConfig config) throws StartupException {
        Ownership owner = Ownership.take(config);
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
        } catch (FlywayException | SQLException e) {
            database.close();
            owner.close();
            throw new StartupException(
                    "control.url: the schema cutover cannot be migrated: "
                            + unmigrated(e, config.login().user()),
                    e);
        }
        return new ControlStore(database, owner);
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

    /** Before a save. @throws SQLException if the control database does not answer or is another proxy's; nothing was sent */
    public void requireOwnership() throws SQLException {
        owner.require();
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
                + " pending_work = ?, verify_rows = ?, verify_mismatches = ?, verified_at = ?, verify_incarnation = ?, transition_schema = ?, mapping = ?,"
                + " revision = revision + 1,"
                + " updated_at = now() WHERE name = ? AND revision = ? RETURNING name, phase, serving, epoch),"
                + " noted AS (INSERT INTO cutover.audit (tenant, actor, command, result, message) SELECT saved.name,"
                + " 'the proxy', 'phase', saved.phase, 'from ' || old.phase || '; ' || lower(saved.serving)"
                + " || ' serves, epoch ' || saved.epoch || ? FROM old, saved WHERE old.phase <> saved.phase)"
                + " SELECT count(*) FROM saved";
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
            statement.setString(15, next.tenant());
            statement.setLong(16, next.revision());
            statement.setString(17, revoked.isEmpty() ? "" : REVOKED + revoked);
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

    /** Every tenant that has a row. */
    public Set<String> names() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Set.copyOf(Rows.query(connection, "SELECT name FROM cutover.tenant", row -> row.getString(1)));
        }
    }

    private static TenantRecord read(ResultSet row) throws SQLException {
        String switchingFrom = row.getString("switching_from");
        String pendingWork = row.getString("pending_work");
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
                row.getLong("revision"));
    }

    private static @Nullable String name(@Nullable Enum<?> constant) {
        return constant == null ? null : constant.name();
    }

    @Override
    public void close() {
        database.close();
        owner.close();
    }
}
