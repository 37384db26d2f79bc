// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Flips of several tenants at one instant. Each tenant's leader says twice that its tenant has come so far: that it could flip, and that
 * it holds its clients. The one that says the second as the last replaces the rows of all tenants in that transaction, each by
 * compare-and-set. Safe for use by many threads.
 *
 * <p>Why no tenant moves alone: all that is decided about a joint flip is decided under the lock of its row. Once it is cancelled, nothing
 * commits it. A leader that has lost its tenant has a row whose revision is no longer the one that it announced, and then none of the
 * rows is replaced.
 */
public final class JointFlips {
    /** How the reason begins for which a flip was cancelled if it is another tenant's. */
    public static final String FOR_ANOTHER = "cancelled with the wave: ";

    /** For so long a tenant waits until the others could flip. Nobody's clients are held meanwhile. */
    private static final Duration GATHERING = Duration.ofMinutes(1);

    /** Announcements make an answer prompt; this makes it certain. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final String FORGET_AFTER = "7 days";

    private final DataSource database;
    private final Bell bell;

    JointFlips(DataSource database, Bell bell) {
        this.database = database;
        this.bell = bell;
    }

    private enum State {
        GATHERING,
        HOLDING,
        COMMITTED,
        CANCELLED
    }

    /**
     * How a wait has ended.
     *
     * @param culprit the tenant that the joint flip was cancelled for; null if it goes ahead
     * @param reason what that tenant's trouble was; empty if it goes ahead
     */
    public record Verdict(@Nullable String culprit, String reason) {
        static final Verdict AHEAD = new Verdict(null, "");

        public boolean cancelled() {
            return culprit != null;
        }
    }

    private record Now(
            State state, @Nullable String culprit, @Nullable String reason) {
        Verdict verdict() {
            return state == State.CANCELLED
                    ? new Verdict(culprit == null ? "a tenant" : culprit, reason == null ? "" : reason)
                    : Verdict.AHEAD;
        }
    }

    /** Announces a joint flip within a transaction of the caller's, before the flips of its tenants are asked for. */
    public static void announce(Connection connection, String id, Collection<String> tenants) throws SQLException {
        Rows.query(
                connection, "INSERT INTO cutover.joint_flip (id) VALUES (?) RETURNING id", row -> row.getString(1), id);
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO cutover.joint_flip_member (joint, tenant) VALUES (?, ?)")) {
            for (String tenant : tenants) {
                insert.setString(1, id);
                insert.setString(2, tenant);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** Says that the tenant could flip, and waits until all could, or the joint flip is cancelled. */
    public Verdict ready(String id, String tenant) throws SQLException, InterruptedException {
        arrive(id, tenant, connection -> {
            Rows.query(
                    connection,
                    "UPDATE cutover.joint_flip_member SET stage = 'READY' WHERE joint = ? AND tenant = ? RETURNING tenant",
                    row -> row.getString(1),
                    id,
                    tenant);
            if (missing(connection, id, "READY").isEmpty()) {
                decide(connection, id, State.HOLDING, null, null);
            }
        });
        return await(id, State.GATHERING, "READY", "could not flip", GATHERING);
    }

    /**
     * Says that the tenant's clients are held, and waits until the rows of all tenants are replaced, or the joint flip is cancelled.
     *
     * @param announced the tenant's row as it is now
     * @param next what it becomes: another phase, and the other side
     * @param patience how long the others may take
     * @throws SQLException if the outcome is not known; {@link #cancel} tells it
     */
    public Verdict commit(String id, TenantRecord announced, TenantRecord next, Duration patience)
            throws SQLException, InterruptedException {
        arrive(id, announced.tenant(), connection -> {
            hold(connection, id, announced, next);
            if (missing(connection, id, "HELD").isEmpty()) {
                replaceAll(connection, id);
            }
        });
        return await(id, State.HOLDING, "HELD", "did not hold its clients", patience);
    }

    /**
     * Cancels the joint flip for the sake of a tenant, unless that is decided already.
     *
     * @return whether it had been committed
     */
    public boolean cancel(String id, String tenant, String reason) throws SQLException {
        return locked(id, (connection, now) -> {
            if (now.state() == State.GATHERING || now.state() == State.HOLDING) {
                decide(connection, id, State.CANCELLED, tenant, reason);
            }
            return now.state() == State.COMMITTED;
        });
    }

    /** Removes what nobody asks for any more. */
    public void forget() throws SQLException {
        try (Connection connection = database.getConnection()) {
            Rows.query(
                    connection,
                    "DELETE FROM cutover.joint_flip WHERE asked_at < now() - interval '" + FORGET_AFTER
                            + "' RETURNING id",
                    row -> row.getString(1));
        }
    }

    @FunctionalInterface
    private interface Step {
        void run(Connection connection) throws SQLException;
    }

    @FunctionalInterface
    private interface Decision {
        boolean run(Connection connection, Now now) throws SQLException;
    }

    private void arrive(String id, String tenant, Step step) throws SQLException {
        locked(id, (connection, now) -> {
            if (now.state() != State.CANCELLED) {
                if (!missing(connection, id, "").contains(tenant)) {
                    throw new SQLException("tenant " + tenant + " takes no part in the joint flip " + id);
                }
                step.run(connection);
            }
            return true;
        });
    }

    /** A transaction that has the lock of the joint flip's row. One that there is not counts as cancelled. */
    private boolean locked(String id, Decision decision) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            boolean done = false;
            try {
                boolean result = decision.run(connection, now(connection, id, " FOR UPDATE"));
                connection.commit();
                done = true;
                return result;
            } finally {
                if (!done) {
                    connection.rollback();
                }
                connection.setAutoCommit(true);
            }
        }
    }

    private static Now now(Connection connection, String id, String lock) throws SQLException {
        List<Now> found = Rows.query(
                connection,
                "SELECT state, culprit, reason FROM cutover.joint_flip WHERE id = ?" + lock,
                row -> new Now(State.valueOf(row.getString(1)), row.getString(2), row.getString(3)),
                id);
        return found.isEmpty() ? new Now(State.CANCELLED, "a tenant", "there is no joint flip " + id) : found.get(0);
    }

    /** The tenants that have not come so far. */
    private static List<String> missing(Connection connection, String id, String stage) throws SQLException {
        return Rows.query(
                connection,
                "SELECT tenant FROM cutover.joint_flip_member WHERE joint = ? AND stage <> ? ORDER BY tenant",
                row -> row.getString(1),
                id,
                stage);
    }

    private static void decide(
            Connection connection, String id, State next, @Nullable String culprit, @Nullable String reason)
            throws SQLException {
        Rows.query(
                connection,
                "UPDATE cutover.joint_flip SET state = ?, culprit = ?, reason = ? WHERE id = ?"
                        + " RETURNING pg_notify('" + Bell.CHANNEL + "', id)",
                row -> row.getString(1),
                next.name(),
                culprit,
                reason,
                id);
    }

    private static void hold(Connection connection, String id, TenantRecord announced, TenantRecord next)
            throws SQLException {
        TenantRecord.LastEnd lastEnd = next.lastEnd();
        Rows.query(
                connection,
                "UPDATE cutover.joint_flip_member SET stage = 'HELD', leader = ?, revision = ?::bigint, phase = ?,"
                        + " serving = ?, last_end = ? WHERE joint = ? AND tenant = ? RETURNING tenant",
                row -> row.getString(1),
                announced.leader(),
                Long.toString(announced.revision()),
                next.phase().name(),
                next.serving().name(),
                lastEnd == null ? null : lastEnd.name(),
                id,
                announced.tenant());
    }

    /** The instant of the flip, for all of them or for none. */
    private static void replaceAll(Connection connection, String id) throws SQLException {
        Savepoint before = connection.setSavepoint();
        long members = Rows.query(
                        connection,
                        "SELECT count(*) FROM cutover.joint_flip_member WHERE joint = ?",
                        row -> row.getLong(1),
                        id)
                .get(0);
        long replaced = Rows.query(
                        connection,
                        "WITH member AS (SELECT * FROM cutover.joint_flip_member WHERE joint = ?),"
                                + " saved AS (UPDATE cutover.tenant t SET phase = m.phase, serving = m.serving,"
                                + " epoch = t.epoch + 1, switching_from = NULL, last_end = m.last_end, held = true,"
                                + " pending_work = '" + TenantRecord.PendingWork.VALIDATION + "',"
                                + " revision = t.revision + 1, updated_at = now() FROM member m"
                                + " WHERE t.name = m.tenant AND t.revision = m.revision AND t.leader = m.leader"
                                + " RETURNING t.name, t.phase, t.serving, t.epoch),"
                                + " noted AS (INSERT INTO cutover.audit (tenant, actor, command, result, message)"
                                + " SELECT name, 'the proxy', 'phase', phase, 'from SWITCHING; ' || lower(serving)"
                                + " || ' serves, epoch ' || epoch || ', at once with ' || (SELECT count(*) - 1 FROM member)"
                                + " || ' other tenant(s)' FROM saved)"
                                + " SELECT count(*), max(pg_notify('" + ControlStore.CHANNEL
                                + "', name)::text) FROM saved",
                        row -> row.getLong(1),
                        id)
                .get(0);
        if (replaced == members) {
            decide(connection, id, State.COMMITTED, null, null);
            return;
        }
        connection.rollback(before);
        String changed = Rows.query(
                        connection,
                        "SELECT min(m.tenant) FROM cutover.joint_flip_member m WHERE m.joint = ? AND NOT EXISTS (SELECT"
                                + " FROM cutover.tenant t WHERE t.name = m.tenant AND t.revision = m.revision"
                                + " AND t.leader = m.leader)",
                        row -> row.getString(1),
                        id)
                .get(0);
        decide(connection, id, State.CANCELLED, changed, "another proxy has taken the tenant over");
    }

    /** Waits until the joint flip leaves a state. When the time is over, it is cancelled for the first tenant that is late. */
    private Verdict await(String id, State left, String stage, String late, Duration patience)
            throws SQLException, InterruptedException {
        Deadline deadline = Deadline.after(patience);
        while (true) {
            long heard = bell.heard();
            boolean over = deadline.passed();
            Now now;
            List<String> missing;
            try (Connection connection = database.getConnection()) {
                now = now(connection, id, "");
                missing = over ? missing(connection, id, stage) : List.of();
            }
            if (now.state() != left) {
                return now.verdict();
            }
            if (!missing.isEmpty()) {
                cancel(id, missing.get(0), late + " within " + patience.toSeconds() + " s");
            } else {
                bell.await(heard, LOOK);
            }
        }
    }
}
