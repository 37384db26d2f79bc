// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema;

import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * Refreshes the materialized views that read the idle side, which were made before its rows were there. A view that has no data on
 * the serving side stays without.
 */
public final class MaterializedViews {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    /**
     * Parameters: the idle schema, twice. Those that read others come after them. In another schema only those that somebody has
     * filled.
     */
    private static final String OF_IDLE = """
            WITH RECURSIVE reads AS (
                SELECT DISTINCT rule.ev_class AS reader, d.refobjid AS source
                FROM pg_rewrite rule JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = rule.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> rule.ev_class
                WHERE rule.rulename = '_RETURN'),
            found (oid, depth) AS (
                SELECT c.oid, 0 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
                UNION
                SELECT reads.reader, depth + 1 FROM found JOIN reads ON reads.source = found.oid WHERE depth < 100)
            SELECT format('%I.%I', n.nspname, c.relname), CASE WHEN n.nspname = ? THEN c.relname END,
                pg_has_role(c.relowner, 'USAGE') OR CASE WHEN current_setting('server_version_num')::int >= 170000
                    THEN has_table_privilege(c.oid, 'MAINTAIN') ELSE false END,
                pg_get_userbyid(c.relowner)
            FROM found JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'm' AND (c.relispopulated OR n.nspname = ?)
            GROUP BY c.oid, n.nspname, c.relname, c.relowner
            ORDER BY max(depth), 1""";

    private static final String EMPTY = """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind = 'm' AND NOT c.relispopulated""";

    private MaterializedViews() {}

    /**
     * One of them.
     *
     * @param name with its schema, as SQL
     * @param refreshable whether the connection's role may refresh it
     */
    public record View(String name, boolean refreshable, String owner) {}

    /**
     * One that PostgreSQL did not refresh.
     *
     * @param reason its error
     */
    public record Failure(String view, String reason) {}

    /** Those to refresh before the idle side serves, in an order in which that can be done. */
    public static List<View> toRefresh(Connection serving, Connection idle, MirrorPlan plan) throws SQLException {
        List<String> empty = Rows.query(serving, EMPTY, row -> row.getString(1), plan.servingSchema());
        List<View> views = new ArrayList<>();
        Rows.query(
                idle,
                OF_IDLE,
                row -> empty.contains(row.getString(2))
                        || views.add(new View(row.getString(1), row.getBoolean(3), row.getString(4))),
                plan.idleSchema(),
                plan.idleSchema(),
                plan.idleSchema());
        return views;
    }

    /** Refreshes them; each commits for itself. @return those that failed */
    public static List<Failure> refresh(DataSource idle, List<View> views) throws SQLException {
        List<Failure> failures = new ArrayList<>();
        for (View view : views) {
            Transactions.Steps refresh =
                    connection -> Rows.execute(connection, List.of("REFRESH MATERIALIZED VIEW " + view.name()));
            try {
                Transactions.once(idle, LOCK_TIMEOUT, refresh.asWork());
            } catch (SQLException e) {
                if (Transactions.serverGone(e)) {
                    throw e;
                }
                failures.add(new Failure(view.name(), OneLine.of(e)));
            }
        }
        return failures;
    }
}
