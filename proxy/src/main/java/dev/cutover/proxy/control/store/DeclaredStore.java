// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.DeclaredTenants.CatalogRun;
import dev.cutover.config.declared.DeclaredTenant;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The tenants that the control database declares. Each change raises a revision; of two proxies that change the same revision, one
 * succeeds. Safe for use by many threads.
 */
public final class DeclaredStore {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    private final DataSource database;

    DeclaredStore(DataSource database) {
        this.database = database;
    }

    /**
     * All declared tenants at one revision.
     *
     * @param tenants in the order in which they were declared
     */
    public record Declared(long revision, List<DeclaredTenant> tenants) {
        /** Null if none of that name is declared. */
        public @Nullable DeclaredTenant find(String name) {
            return tenants.stream()
                    .filter(tenant -> tenant.name().equals(name))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** The revision alone; for a look each second. */
    public long revision() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return revision(connection);
        }
    }

    public Declared load() throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, connection -> {
            // A change that commits between the two is seen by the next look, since its revision is higher.
            long revision = revision(connection);
            return new Declared(
                    revision,
                    Rows.query(
                            connection,
                            "SELECT name, entry, source FROM cutover.declared_tenant ORDER BY place",
                            row -> new DeclaredTenant(
                                    row.getString(1),
                                    row.getString(2),
                                    DeclaredTenant.Source.valueOf(row.getString(3)))));
        });
    }

    /** Declares tenants, or replaces their entries. @return false if somebody has changed that revision meanwhile */
    public boolean put(List<DeclaredTenant> tenants, long revision) throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, connection -> {
            if (!raised(connection, revision)) {
                return false;
            }
            try (PreparedStatement statement = connection.prepareStatement("""
                    INSERT INTO cutover.declared_tenant (name, entry, source) VALUES (?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET entry = excluded.entry, source = excluded.source""")) {
                for (DeclaredTenant tenant : tenants) {
                    statement.setString(1, tenant.name());
                    statement.setString(2, tenant.entry());
                    statement.setString(3, tenant.source().name());
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            return true;
        });
    }

    /**
     * Ends the declaration of a tenant, unless the tenant is in transition or a verb runs on it.
     *
     * @return why it cannot end; empty if it has ended, or if somebody has changed that revision meanwhile: look again
     */
    public Optional<String> remove(String tenant, long revision) throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, connection -> {
            List<String> phases = Rows.query(
                    connection,
                    "SELECT phase FROM cutover.tenant WHERE name = ? FOR UPDATE",
                    row -> row.getString(1),
                    tenant);
            for (String phase : phases) {
                if (!phase.equals(Phase.STEADY.name())) {
                    return Optional.of("the tenant is " + phase + "; complete or abort its transition first");
                }
            }
            List<String> running = Rows.query(connection, """
                    SELECT verb FROM cutover.operation WHERE tenant = ? AND NOT ended
                    AND (proxy IS NULL OR proxy IN (SELECT id FROM cutover.live_proxy))""", row -> row.getString(1), tenant);
            if (!running.isEmpty()) {
                return Optional.of(
                        "the tenant is busy: " + running.get(0) + " is running; try again when it has ended");
            }
            if (raised(connection, revision)) {
                Rows.query(
                        connection,
                        "DELETE FROM cutover.declared_tenant WHERE name = ? RETURNING name",
                        row -> row.getString(1),
                        tenant);
            }
            return Optional.empty();
        });
    }

    /** Whether it is this proxy's turn to run the catalog's query. Of a fleet, one proxy has each turn. */
    public boolean catalogTurn(Duration every) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return !Rows.query(connection, """
                            UPDATE cutover.declaration SET catalog_asked_at = now()
                            WHERE catalog_asked_at IS NULL OR catalog_asked_at <= now() - ?::interval
                            RETURNING revision""", row -> row.getLong(1), every.toMillis() + " ms")
                    .isEmpty();
        }
    }

    /** Notes how a run of the catalog's query has ended. @param error null for well */
    public void catalogRan(@Nullable String error) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("UPDATE cutover.declaration SET catalog_error = ?")) {
            statement.setString(1, error);
            statement.executeUpdate();
        }
    }

    /** The last run of the catalog's query. */
    public CatalogRun catalogRun() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(connection, "SELECT catalog_asked_at, catalog_error FROM cutover.declaration", row -> {
                        Timestamp at = row.getTimestamp(1);
                        return new CatalogRun(at == null ? null : at.toInstant(), row.getString(2));
                    })
                    .get(0);
        }
    }

    private static long revision(Connection connection) throws SQLException {
        return Rows.query(connection, "SELECT revision FROM cutover.declaration", row -> row.getLong(1))
                .get(0);
    }

    private static boolean raised(Connection connection, long revision) throws SQLException {
        return !Rows.query(
                        connection,
                        "UPDATE cutover.declaration SET revision = revision + 1 WHERE revision = ?::bigint"
                                + " RETURNING revision",
                        row -> row.getLong(1),
                        Long.toString(revision))
                .isEmpty();
    }
}
