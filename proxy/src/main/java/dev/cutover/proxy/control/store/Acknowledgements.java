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
    /** Where a proxy announces that it has said something. */
    public static final String CHANNEL = "cutover_acknowledged";

    /** Announcements make it prompt; this makes it certain. */
    private static final long LOOK_MILLIS = 20;

    private final DataSource database;
    private final FleetMembership membership;
    private final Object bell = new Object();
    private long rung;

    Acknowledgements(DataSource database, FleetMembership membership) {
        this.database = database;
        this.membership = membership;
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
                                + " SELECT pg_notify('" + CHANNEL + "', tenant) FROM said")) {
            statement.setString(1, tenant);
            statement.setString(2, membership.id());
            statement.setLong(3, revision);
            statement.setString(4, blockers);
            statement.execute();
        }
    }

    /** An announcement has come. */
    public void ring() {
        synchronized (bell) {
            rung++;
            bell.notifyAll();
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
            long heard = heard();
            List<Acknowledgement> late = of(tenant, revision).stream()
                    .filter(said -> !said.drained())
                    .toList();
            if (late.isEmpty() || deadline.passed()) {
                forgetBlockers(tenant);
                return late;
            }
            awaitRing(heard);
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

    private long heard() {
        synchronized (bell) {
            return rung;
        }
    }

    private void awaitRing(long heard) throws InterruptedException {
        synchronized (bell) {
            Deadline end = Deadline.after(Duration.ofMillis(LOOK_MILLIS));
            for (long left = LOOK_MILLIS; rung == heard && left > 0; left = end.millisLeft()) {
                bell.wait(left);
            }
        }
    }

    private List<Acknowledgement> of(String tenant, long revision) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    // A healthy proxy that has lost its session renews its lease within a second.
                    "SELECT p.number, p.address, a.proxy IS NOT NULL, a.blockers FROM cutover.proxy p"
                            + " LEFT JOIN cutover.acknowledgement a ON a.proxy = p.id AND a.tenant = ? AND a.revision = "
                            + revision + " WHERE p.id <> ? AND p.lease_until > now()"
                            + " AND (p.renewed_at > now() - interval '2 s' OR p.id IN (SELECT id FROM cutover.live_proxy))"
                            + " ORDER BY p.number",
                    row -> new Acknowledgement(row.getInt(1), row.getString(2), row.getBoolean(3), row.getString(4)),
                    tenant,
                    membership.id());
        }
    }
}
