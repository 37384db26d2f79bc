// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.campaign.CampaignManifest.BudgetUsed;
import dev.cutover.config.campaign.CampaignManifest.OnFailure;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Campaigns in the control database. A campaign's rows change only while the proxy that changes them leads it, and a tenant's row only by
 * compare-and-set on its revision. Safe for use by many threads.
 */
final class CampaignStore {
    private static final String UNIQUE_VIOLATION = "23505";
    private static final int MOST_MADE = 100;

    private final DataSource database;

    CampaignStore(DataSource database) {
        this.database = database;
    }

    /** Something that is done in the transaction that takes a step. */
    @FunctionalInterface
    interface Act {
        /** @return the id of the operation that the step runs as */
        String run(Connection connection) throws SQLException;
    }

    /**
     * Adds a campaign, which no proxy runs yet.
     *
     * @param waves the tenants of each wave
     * @return false if there is a campaign of that name
     * @throws SQLException also if a tenant moves in another campaign; see {@link #elsewhere}
     */
    boolean add(String name, String manifest, List<List<String>> waves, String actor) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                boolean added = !Rows.query(
                                connection,
                                "INSERT INTO cutover.campaign (name, manifest, state, started_by) VALUES (?, ?, 'RUNNING', ?)"
                                        + " ON CONFLICT DO NOTHING RETURNING name",
                                row -> row.getString(1),
                                name,
                                manifest,
                                actor)
                        .isEmpty();
                if (added) {
                    addTenants(connection, name, waves);
                }
                connection.commit();
                return added;
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        }
    }

    private static void addTenants(Connection connection, String campaign, List<List<String>> waves)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO cutover.campaign_tenant (campaign, tenant, wave, position) VALUES (?, ?, ?, ?)")) {
            for (int wave = 0; wave < waves.size(); wave++) {
                for (int i = 0; i < waves.get(wave).size(); i++) {
                    insert.setString(1, campaign);
                    insert.setString(2, waves.get(wave).get(i));
                    insert.setInt(3, wave);
                    insert.setInt(4, i);
                    insert.addBatch();
                }
            }
            insert.executeBatch();
        }
    }

    /** Whether an exception of {@link #add} says that a tenant moves in another campaign. */
    static boolean elsewhere(SQLException e) {
        return UNIQUE_VIOLATION.equals(e.getSQLState());
    }

    /** The campaign in which a tenant moves now; null if in none. */
    @Nullable String campaignOf(String tenant) throws SQLException {
        List<String> found = query(
                "SELECT campaign FROM cutover.campaign_tenant WHERE tenant = ? AND ended_at IS NULL",
                row -> row.getString(1),
                tenant);
        return found.isEmpty() ? null : found.get(0);
    }

    /** How many seconds the last moves of campaigns took from the end of prepare to the flip, by tenant. */
    Map<String, Double> made() throws SQLException {
        Map<String, Double> made = new LinkedHashMap<>();
        query(
                        "SELECT t.tenant, extract(epoch FROM t.flipped_at - min(a.at)) FROM (SELECT * FROM"
                                + " cutover.campaign_tenant WHERE flipped_at IS NOT NULL ORDER BY flipped_at DESC LIMIT "
                                + MOST_MADE + ") AS t JOIN cutover.audit AS a ON a.tenant = t.tenant"
                                + " AND a.actor = 'campaign ' || t.campaign AND a.command = 'prepare' AND a.result = 'SUCCEEDED'"
                                + " GROUP BY t.campaign, t.tenant, t.flipped_at ORDER BY t.flipped_at DESC",
                        row -> Map.entry(row.getString(1), row.getDouble(2)))
                .forEach(move -> made.putIfAbsent(move.getKey(), move.getValue()));
        return made;
    }

    /** All campaigns, the newest first. */
    List<CampaignRow> all() throws SQLException {
        return query("SELECT *, now() FROM cutover.campaign ORDER BY started_at DESC, name", CampaignStore::campaign);
    }

    /** Null if there is none of that name. */
    @Nullable CampaignRow find(String name) throws SQLException {
        List<CampaignRow> found =
                query("SELECT *, now() FROM cutover.campaign WHERE name = ?", CampaignStore::campaign, name);
        return found.isEmpty() ? null : found.get(0);
    }

    /** Makes a proxy the leader of the campaigns that no live proxy leads. @return all campaigns that it leads and that have not ended */
    List<CampaignRow> led(String proxy) throws SQLException {
        query(
                "UPDATE cutover.campaign SET leader = ? WHERE ended_at IS NULL AND leader IS DISTINCT FROM ?"
                        + " AND (leader IS NULL OR leader NOT IN (SELECT id FROM cutover.live_proxy)) RETURNING name",
                row -> row.getString(1),
                proxy,
                proxy);
        return query(
                "SELECT *, now() FROM cutover.campaign WHERE leader = ? AND ended_at IS NULL ORDER BY name",
                CampaignStore::campaign,
                proxy);
    }

    /** In the order of the waves and of the tenants in each. */
    List<Move> moves(String campaign) throws SQLException {
        return query(
                "SELECT * FROM cutover.campaign_tenant WHERE campaign = ? ORDER BY wave, position",
                CampaignStore::move,
                campaign);
    }

    /** Replaces a tenant's row. @return false if it has changed meanwhile, or another proxy runs the campaign */
    boolean save(Move next, String proxy) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return save(connection, next, proxy);
        }
    }

    /**
     * A tenant has failed: its row is replaced, and the campaign counts it.
     *
     * @param atOnce whether the budget counts as used up
     * @param why what the campaign says if it is
     * @return false as {@link #save}
     */
    boolean fail(Move next, String proxy, OnFailure onFailure, boolean atOnce, String why) throws SQLException {
        return inTransaction(connection -> {
            if (!save(connection, next, proxy)) {
                return false;
            }
            String then = onFailure.then() == BudgetUsed.PAUSE ? "PAUSED" : "CANCELLING";
            String used = atOnce ? "true" : "failures + 1 >= " + onFailure.budget();
            Rows.query(
                    connection,
                    "UPDATE cutover.campaign SET failures = failures + 1,"
                            + " reason = CASE WHEN state = 'RUNNING' AND " + used + " THEN ? ELSE reason END,"
                            + " state = CASE WHEN state = 'RUNNING' AND " + used + " THEN ? ELSE state END"
                            + " WHERE name = ? RETURNING name",
                    row -> row.getString(1),
                    why,
                    then,
                    next.campaign());
            return true;
        });
    }

    /**
     * Takes a step: what it asks for and the row that says so are committed together. A campaign that an operator has paused or cancelled
     * since it was looked at takes none, except to take a tenant back.
     *
     * @return false as {@link #save}
     */
    boolean step(Move move, String proxy, Act act) throws SQLException {
        boolean goesBack = move.state() == CampaignTenant.State.GOING_BACK;
        return inTransaction(connection -> may(connection, move.campaign(), proxy, goesBack)
                && save(connection, move.running(act.run(connection)), proxy));
    }

    /** Something that is done for each tenant in the transaction that takes a step of several. */
    @FunctionalInterface
    interface JointAct {
        /** @return the id of the operation that the step runs as */
        String run(Connection connection, Move move) throws SQLException;
    }

    /** Takes a step of several tenants of a campaign, or of none. @return false as {@link #save} */
    boolean stepTogether(List<Move> moves, String proxy, JointAct act) throws SQLException {
        return inTransaction(connection -> {
            boolean may = may(connection, moves.get(0).campaign(), proxy, false);
            for (Move move : moves) {
                may = may && save(connection, move.running(act.run(connection, move)), proxy);
            }
            return may;
        });
    }

    private static boolean may(Connection connection, String campaign, String proxy, boolean always)
            throws SQLException {
        return !Rows.query(
                        connection,
                        "SELECT name FROM cutover.campaign WHERE name = ? AND leader = ?"
                                + " AND (state = 'RUNNING' OR ?::boolean) FOR SHARE",
                        row -> row.getString(1),
                        campaign,
                        proxy,
                        Boolean.toString(always))
                .isEmpty();
    }

    @FunctionalInterface
    private interface Work {
        /** @return false to undo it */
        boolean run(Connection connection) throws SQLException;
    }

    private boolean inTransaction(Work work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            boolean done = false;
            try {
                done = work.run(connection);
                if (done) {
                    connection.commit();
                }
                return done;
            } finally {
                if (!done) {
                    connection.rollback();
                }
                connection.setAutoCommit(true);
            }
        }
    }

    private static boolean save(Connection connection, Move next, String proxy) throws SQLException {
        String sql =
                "UPDATE cutover.campaign_tenant t SET state = ?, step = ?, operation = ?, attempts = ?, reason = ?,"
                        + " next_at = ?, flipped_at = ?, baked_at = ?, ended_at = ?, revision = revision + 1"
                        + " WHERE campaign = ? AND tenant = ? AND revision = ?"
                        + " AND EXISTS (SELECT FROM cutover.campaign c WHERE c.name = t.campaign AND c.leader = ?)";
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            VerbName step = next.step();
            update.setString(1, next.state().name());
            update.setString(2, step == null ? null : step.label());
            update.setString(3, next.operation());
            update.setInt(4, next.attempts());
            update.setString(5, next.reason());
            update.setTimestamp(6, Timestamp.from(next.nextAt()));
            update.setTimestamp(7, timestamp(next.flippedAt()));
            update.setTimestamp(8, timestamp(next.bakedAt()));
            update.setTimestamp(9, timestamp(next.endedAt()));
            update.setString(10, next.campaign());
            update.setString(11, next.tenant());
            update.setLong(12, next.revision());
            update.setString(13, proxy);
            return update.executeUpdate() == 1;
        }
    }

    private static @Nullable Timestamp timestamp(@Nullable Instant instant) {
        return instant == null ? null : Timestamp.from(instant);
    }

    /** Every tenant's row has ended. @return false if another proxy runs the campaign */
    boolean end(String campaign, String proxy) throws SQLException {
        return !query(
                        "UPDATE cutover.campaign SET ended_at = now(),"
                                + " state = CASE state WHEN 'CANCELLING' THEN 'CANCELLED' ELSE 'ENDED' END"
                                + " WHERE name = ? AND leader = ? RETURNING name",
                        row -> row.getString(1),
                        campaign,
                        proxy)
                .isEmpty();
    }

    /**
     * What an operator asks for.
     *
     * @param from the states in which that can be
     * @return false if it has none of them
     */
    boolean change(String campaign, List<CampaignStatus.State> from, CampaignStatus.State to, @Nullable String reason)
            throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE cutover.campaign SET state = ?, reason = ?, failures = 0"
                                + " WHERE name = ? AND state = ANY (?)")) {
            update.setString(1, to.name());
            update.setString(2, reason);
            update.setString(3, campaign);
            update.setArray(
                    4,
                    connection.createArrayOf(
                            "text", from.stream().map(Enum::name).toArray()));
            return update.executeUpdate() == 1;
        }
    }

    private <T> List<T> query(String sql, Rows.Reader<T> reader, String... parameters) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(connection, sql, reader, parameters);
        }
    }

    private static CampaignRow campaign(ResultSet row) throws SQLException {
        return new CampaignRow(
                row.getString("name"),
                row.getString("manifest"),
                CampaignStatus.State.valueOf(row.getString("state")),
                row.getString("reason"),
                row.getString("started_by"),
                row.getTimestamp("started_at").toInstant(),
                instant(row, "ended_at"),
                row.getTimestamp("now").toInstant());
    }

    private static Move move(ResultSet row) throws SQLException {
        String step = row.getString("step");
        return new Move(
                row.getString("campaign"),
                row.getString("tenant"),
                row.getInt("wave"),
                CampaignTenant.State.valueOf(row.getString("state")),
                step == null ? null : VerbName.valueOf(step.toUpperCase(Locale.ROOT)),
                row.getString("operation"),
                row.getInt("attempts"),
                row.getString("reason"),
                row.getTimestamp("next_at").toInstant(),
                instant(row, "flipped_at"),
                instant(row, "baked_at"),
                instant(row, "ended_at"),
                row.getLong("revision"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        Timestamp found = row.getTimestamp(column);
        return found == null ? null : found.toInstant();
    }
}
