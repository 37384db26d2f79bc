package dev.cutover.dualwrite.schema;

import static dev.cutover.dualwrite.rewrite.SqlText.literal;
import static dev.cutover.dualwrite.rewrite.SqlText.qualified;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.plan.TableSql;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rewrite.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Keeps the idle side's sequences ahead of the serving side's, so that the first value drawn after a flip is one that no
 * row has. Identity and serial columns go by the columns they feed, free-standing sequences by name.
 */
public final class Sequences {
    private static final String OWNED = """
            SELECT t.relname, a.attname, s.oid::regclass::text
            FROM pg_class s
            JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
                 AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            JOIN pg_class t ON t.oid = d.refobjid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
            JOIN pg_namespace n ON n.oid = t.relnamespace
            WHERE s.relkind = 'S' AND n.nspname = ?""";

    private static final String FREE = """
            SELECT s.relname FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace
            WHERE s.relkind = 'S' AND n.nspname = ? AND NOT EXISTS (SELECT FROM pg_depend d
              WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i'))""";

    private final List<Pair> pairs;

    private Sequences(List<Pair> pairs) {
        this.pairs = pairs;
    }

    /** @param floor a query for the least value the idle sequence must have reached */
    private record Pair(String idle, String floor) {}

    /** Finds the idle side's sequences and what each has to stay ahead of. */
    public static Sequences of(Connection connection, MirrorPlan plan) throws SQLException {
        Map<String, String> serving = owned(connection, plan.servingSchema());
        Map<String, TablePlan> byIdleTable = new LinkedHashMap<>();
        plan.tables().values().forEach(table -> byIdleTable.put(table.idleTable(), table));
        List<Pair> pairs = new ArrayList<>();
        Rows.query(
                        connection,
                        OWNED,
                        row -> new String[] {row.getString(1), row.getString(2), row.getString(3)},
                        plan.idleSchema())
                .forEach(owned -> {
                    TablePlan table = byIdleTable.get(owned[0]);
                    if (table != null) {
                        pairs.add(new Pair(owned[2], floor(plan, table, owned[1], serving)));
                    }
                });
        List<String> free = Rows.query(connection, FREE, row -> row.getString(1), plan.servingSchema());
        for (String name : Rows.query(connection, FREE, row -> row.getString(1), plan.idleSchema())) {
            if (free.contains(name)) {
                pairs.add(new Pair(
                        qualified(plan.idleSchema(), name),
                        "SELECT last_value FROM " + qualified(plan.servingSchema(), name)));
            }
        }
        return new Sequences(pairs);
    }

    /** Sets every idle sequence that is less than {@code headroom} values ahead to that distance. */
    public void advance(Connection connection, long headroom) throws SQLException {
        for (Pair pair : pairs) {
            Rows.query(connection, advanceSql(pair, headroom), row -> row.getLong(1));
        }
    }

    /** Names the idle sequences that have fallen behind; one query for all. */
    public List<String> behind(Connection connection) throws SQLException {
        if (pairs.isEmpty()) {
            return List.of();
        }
        StringBuilder sql = new StringBuilder();
        for (Pair pair : pairs) {
            sql.append(sql.length() == 0 ? "" : " UNION ALL ")
                    .append("SELECT ")
                    .append(literal(pair.idle()))
                    .append(" FROM ")
                    .append(pair.idle())
                    .append(" WHERE last_value < (")
                    .append(pair.floor())
                    .append(")");
        }
        return Rows.query(connection, sql.toString(), row -> row.getString(1));
    }

    private static String advanceSql(Pair pair, long headroom) {
        String wanted = "least(s.seqmax, f.floor + " + headroom + " * s.seqincrement)";
        return "SELECT setval(" + literal(pair.idle()) + "::regclass, " + wanted + ") FROM " + pair.idle()
                + " AS q, (SELECT (" + pair.floor() + ") AS floor) AS f, pg_sequence AS s WHERE s.seqrelid = "
                + literal(pair.idle()) + "::regclass AND s.seqincrement > 0 AND q.last_value < " + wanted;
    }

    private static String floor(MirrorPlan plan, TablePlan table, String idleColumn, Map<String, String> serving) {
        String used = "coalesce((SELECT max(" + SqlText.identifier(idleColumn) + ") FROM "
                + new TableSql(plan, table).idle() + "), 0)::bigint";
        Optional<String> sequence = table.assignments().stream()
                .filter(assignment -> assignment.idleColumn().equals(idleColumn))
                .map(Assignment::expression)
                .map(expression -> serving.get(table.servingTable() + "." + expression))
                .filter(Objects::nonNull)
                .findFirst();
        return "SELECT "
                + sequence.map(name -> "greatest((SELECT last_value FROM " + name + "), " + used + ")")
                        .orElse(used);
    }

    /** The owned sequences of a schema by {@code table."column"}. */
    private static Map<String, String> owned(Connection connection, String schema) throws SQLException {
        Map<String, String> sequences = new LinkedHashMap<>();
        for (String[] owned : Rows.query(
                connection,
                OWNED,
                row -> new String[] {row.getString(1), row.getString(2), row.getString(3)},
                schema)) {
            sequences.put(owned[0] + "." + SqlText.identifier(owned[1]), owned[2]);
        }
        return sequences;
    }
}
