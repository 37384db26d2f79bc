// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import static dev.cutover.dualwrite.model.SqlText.identifier;
import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Leaves to the net the tables whose values on the idle side depend on the session that computes them: {@code TimeZone} decides
 * what a {@code timestamptz} is as a {@code timestamp}. An inline write would compute them in the client's session; resync
 * computes them in a maintenance session, whose settings are fixed.
 *
 * <p>PostgreSQL knows which expressions depend on nothing but their row, and takes no others for a generated column (manual,
 * chapter 5.4). So each is tried as one, of a temporary table that is never committed. Enums are tried as text: their casts count
 * as dependent on the catalog, which is no matter here.
 */
public final class SettingsDependence {
    private static final String CONNECTION_LOST = "08";

    private final Connection connection;
    private final MirrorPlan plan;
    private final Map<String, Table> serving;
    private final Set<String> enums;

    private SettingsDependence(Connection connection, MirrorPlan plan, Map<String, Table> serving) throws SQLException {
        this.connection = connection;
        this.plan = plan;
        this.serving = serving;
        this.enums = new HashSet<>(Rows.query(
                connection,
                "SELECT quote_ident(n.nspname) || '.' || quote_ident(t.typname)"
                        + " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e'",
                row -> row.getString(1)));
    }

    /**
     * The plan, with those tables left to the net.
     *
     * @param connection to the serving side's database, in autocommit mode; may create temporary tables
     * @param serving the serving side's tables by name
     */
    public static MirrorPlan leftToTheNet(Connection connection, MirrorPlan plan, Map<String, Table> serving)
            throws SQLException {
        SettingsDependence dependence = new SettingsDependence(connection, plan, serving);
        Map<String, TablePlan> tables = new LinkedHashMap<>();
        for (Map.Entry<String, TablePlan> each : plan.tables().entrySet()) {
            TablePlan table = each.getValue();
            String reason = table.unmirrorable() == null ? dependence.reason(table) : table.unmirrorable();
            tables.put(each.getKey(), table.withUnmirrorable(reason));
        }
        return plan.withTables(tables);
    }

    private @Nullable String reason(TablePlan plan) throws SQLException {
        Table table = serving.get(plan.servingTable());
        if (table == null) {
            return null;
        }
        List<Assignment> computed = plan.assignments().stream()
                .filter(assignment -> !copies(table, assignment))
                .toList();
        if (computed.isEmpty() || independent(table, computed)) {
            return null;
        }
        for (Assignment assignment : computed) {
            if (!independent(table, List.of(assignment))) {
                return "the value of " + this.plan.serving().other().label() + "'s column " + assignment.idleColumn()
                        + " depends on a session's settings, or is not known not to";
            }
        }
        return null;
    }

    private static boolean copies(Table table, Assignment assignment) {
        return table.columns().stream()
                .anyMatch(column -> assignment.expression().equals(identifier(column.name()))
                        && assignment.type().equals(column.castType()));
    }

    private boolean independent(Table table, List<Assignment> assignments) throws SQLException {
        String columns = table.columns().stream()
                .map(column -> identifier(column.name()) + " " + plain(column.type()))
                .collect(joining(", "));
        StringBuilder computed = new StringBuilder();
        for (int i = 0; i < assignments.size(); i++) {
            Assignment assignment = assignments.get(i);
            String type = plain(assignment.type());
            computed.append(", cutover_")
                    .append(i)
                    .append(' ')
                    .append(type)
                    .append(" GENERATED ALWAYS AS ((")
                    .append(assignment.expression())
                    .append(")::")
                    .append(type)
                    .append(") STORED");
        }
        connection.setAutoCommit(false);
        try {
            Rows.execute(connection, List.of("CREATE TEMPORARY TABLE cutover_probe (" + columns + computed + ")"));
            return true;
        } catch (SQLException e) {
            if (String.valueOf(e.getSQLState()).startsWith(CONNECTION_LOST)) {
                throw e;
            }
            // Not immutable (42P17), or not known to be.
            return false;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private String plain(String type) {
        return enums.contains(type) ? "text" : type;
    }
}
