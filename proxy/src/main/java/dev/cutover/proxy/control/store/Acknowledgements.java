// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What the proxies of a fleet say of a tenant whose row asks them to close their gates: that none of their transactions is running
 * behind it, or which ones are. Safe for use by many threads.
 */
public final class Acknowledgements {
    private final DataSource database;
    private final FleetMembership membership;
    private final Bell bell;

    Acknowledgements(DataSource database, FleetMembership membership, Bell bell) {
        this.database = database;
        this.membership = membership;
        this.bell = bell;
    }

    /**
     * What another live proxy has said.
     *
     * @param answered whether it has said anything
     * @param blockers JSON of the transactions that it still ran when it said so; null if there were none
     */
    public record Acknowledgement(
            int proxy,
            String address,
            boolean answered,
            @Nullable String blockers) {
        boolean drained() {
            return answered && blockers == null;
        }
    }

    /**
     * Says it for this proxy.
     *
     * @param revision of the row that asked for it
     * @param blockers JSON; null if no transaction is running
     */
    public void say(String tenant, long revision, @Nullable String blockers) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "WITH said AS (INSERT INTO cutover.acknowledgement (tenant, proxy, revision, blockers)"
                                + " VALUES (?, ?, ?, ?) ON CONFLICT (tenant, proxy) DO UPDATE"
                                + " SET revision = excluded.revision, blockers = excluded.blockers RETURNING tenant)"
                                + " SELECT pg_notify('" + Bell.CHANNEL + "', tenant) FROM said")) {
            statement.setString(1, tenant);
            statement.setString(2, membership.id());
            statement.setLong(3, revision);
            statement.setString(4, blockers);
            statement.execute();
        }
    }

    /**
     * Waits until all other live proxies have drained.
     *
     * @return those that have not when the time is over. A proxy that dies meanwhile is not waited for
     */
    public List<Acknowledgement> await(String tenant, long revision, Duration patience)
            throws SQLException, InterruptedException {
        Deadline deadline = Deadline.after(patience);
        while (true) {
            long heard = bell.heard();
            List<Acknowledgement> late = of(tenant, revision).stream()
                    .filter(said -> !said.drained())
                    .toList();
            if (late.isEmpty() || deadline.passed()) {
                forgetBlockers(tenant);
                return late;
            }
            bell.await(heard);
        }
    }

    /** Clients' statements are kept no longer than they are needed. */
    private void forgetBlockers(String tenant) throws SQLException {
        try (Connection connection = database.getConnection()) {
            Rows.query(
                    connection,
                    "DELETE FROM cutover.acknowledgement WHERE tenant = ? AND blockers IS NOT NULL RETURNING proxy",
                    row -> row.getString(1),
                    tenant);
        }
    }

    private List<Acknowledgement> of(String tenant, long revision) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT p.number, p.address, a.proxy IS NOT NULL, a.blockers FROM cutover.awaited_proxy p"
                            + " LEFT JOIN cutover.acknowledgement a ON a.proxy = p.id AND a.tenant = ? AND a.revision = "
                            + revision + " WHERE p.id <> ? ORDER BY p.number",
                    row -> new Acknowledgement(row.getInt(1), row.getString(2), row.getBoolean(3), row.getString(4)),
                    tenant,
                    membership.id());
        }
    }
}
