// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema;

import static dev.cutover.dualwrite.model.SqlText.literal;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the idle side's sequences ahead of the serving side's. After a flip, the next value continues from the serving side's
 * position. Sequences are matched by the columns that own them or count by them, in whichever schema they lie; other ones of the
 * side's schema by name.
 *
 * <p>A row with a greater value, written by hand, does not move a sequence: it is as far away after the flip as before. Only if the
 * serving side has no such sequence, the greatest value of the column counts.
 */
public final class Sequences {
    /** Those that a column owns, and those that its default counts by, in whichever schema. The default's come first. */
    private static final String FEEDING = """
            SELECT t.relname, a.attname, s.oid::regclass::text, type.typcategory = 'N'
            FROM (
                SELECT d.adrelid AS relation, d.adnum AS attnum, p.refobjid AS sequence, 1 AS rank
                FROM pg_attrdef d JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
                    AND p.refclassid = 'pg_class'::regclass
                UNION ALL
                SELECT d.refobjid, d.refobjsubid, d.objid, 2 FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            ) AS f
            JOIN pg_class s ON s.oid = f.sequence AND s.relkind = 'S'
            JOIN pg_class t ON t.oid = f.relation
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = f.attnum
            JOIN pg_type type ON type.oid = a.atttypid
            JOIN pg_namespace n ON n.oid = t.relnamespace
            WHERE n.nspname = ?
            GROUP BY t.relname, a.attname, s.oid, type.typcategory ORDER BY min(f.rank), 1, 2, 3""";

    private static final String FREE = """
            SELECT s.relname, s.oid::regclass::text FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace
            WHERE s.relkind = 'S' AND n.nspname = ? AND NOT EXISTS (SELECT FROM pg_depend d
              WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i'))""";

    private static final String NOTHING_USED = "SELECT 0::bigint";

    private final List<Pair> pairs;

    private Sequences(List<Pair> pairs) {
        this.pairs = pairs;
    }

    /**
     * @param serving the serving side's sequence, if it has one
     * @param used a query, on the idle side, for the greatest value that a row has
     */
    private record Pair(String idle, @Nullable String serving, String used) {}

    /** A column of a schema and the sequence that it counts by. @param number whether the column's type is a number */
    private record Feeding(String table, String column, String sequence, boolean number) {
        static List<Feeding> of(Connection connection, String schema) throws SQLException {
            return Rows.query(
                    connection,
                    FEEDING,
                    row -> new Feeding(row.getString(1), row.getString(2), row.getString(3), row.getBoolean(4)),
                    schema);
        }
    }

    /**
     * Finds the idle side's sequences and what each has to stay ahead of.
     *
     * @param oneDatabase whether both sides lie in one: then a sequence that both count by is left alone
     */
    public static Sequences of(Connection serving, Connection idle, MirrorPlan plan, boolean oneDatabase)
            throws SQLException {
        Map<String, String> feeding = new LinkedHashMap<>();
        Feeding.of(serving, plan.servingSchema())
                .forEach(found -> feeding.putIfAbsent(
                        found.table() + "." + SqlText.identifier(found.column()), found.sequence()));
        Map<String, TablePlan> byIdleTable = new LinkedHashMap<>();
        plan.tables().values().forEach(table -> byIdleTable.put(table.idleTable(), table));
        List<Pair> pairs = new ArrayList<>();
        for (Feeding found : Feeding.of(idle, plan.idleSchema())) {
            TablePlan table = byIdleTable.get(found.table());
            if (table != null) {
                pairs.add(pair(plan, table, found, feeding));
            }
        }
        Map<String, String> free = free(serving, plan.servingSchema());
        free(idle, plan.idleSchema()).forEach((name, sequence) -> {
            boolean paired = pairs.stream().anyMatch(pair -> pair.idle().equals(sequence));
            if (free.containsKey(name) && !paired) {
                pairs.add(new Pair(sequence, free.get(name), NOTHING_USED));
            }
        });
        if (oneDatabase) {
            pairs.removeIf(pair -> pair.idle().equals(pair.serving()));
        }
        return new Sequences(pairs);
    }

    /** The sequences of a schema that no column owns, by their names in it. */
    private static Map<String, String> free(Connection connection, String schema) throws SQLException {
        Map<String, String> free = new LinkedHashMap<>();
        Rows.query(connection, FREE, row -> free.put(row.getString(1), row.getString(2)), schema);
        return free;
    }

    /** Sets every idle sequence that is less than {@code headroom} values ahead to that distance. */
    public void advance(Connection serving, Connection idle, long headroom) throws SQLException {
        if (pairs.isEmpty()) {
            return;
        }
        Map<String, Position> reached = reached(serving);
        String sql = pairs.stream()
                .map(pair -> advanceSql(pair, reached, headroom))
                .collect(Collectors.joining(" UNION ALL "));
        Rows.query(idle, sql, row -> row.getLong(1));
    }

    /** Names the idle sequences that have fallen behind; one query on each side for all. */
    public List<String> behind(Connection serving, Connection idle) throws SQLException {
        if (pairs.isEmpty()) {
            return List.of();
        }
        Map<String, Position> reached = reached(serving);
        String sql = pairs.stream()
                .map(pair -> "SELECT " + literal(pair.idle()) + " FROM " + pair.idle() + " AS q, (SELECT ("
                        + floor(pair, reached) + ") AS floor) AS f, pg_sequence AS s WHERE s.seqrelid = "
                        + literal(pair.idle()) + "::regclass AND " + behind("f.floor"))
                .collect(Collectors.joining(" UNION ALL "));
        return Rows.query(idle, sql, row -> row.getString(1));
    }

    /** The condition that a sequence has not come as far as a value. One that cycles has to be exactly there. */
    private static String behind(String value) {
        return "CASE WHEN s.seqcycle THEN q.last_value <> " + value + " WHEN s.seqincrement > 0 THEN q.last_value < "
                + value + " ELSE q.last_value > " + value + " END";
    }

    /**
     * Names the idle sequences that cannot be set ahead: they end before the values in use, or count the other way than the serving
     * side's.
     */
    public List<String> cannotFollow(Connection serving, Connection idle) throws SQLException {
        if (pairs.isEmpty()) {
            return List.of();
        }
        Map<String, Position> reached = reached(serving);
        String sql = pairs.stream()
                .map(pair ->
                        "SELECT " + literal(pair.idle()) + " FROM pg_sequence AS s, (SELECT (" + floor(pair, reached)
                                + ") AS floor) AS f WHERE s.seqrelid = " + literal(pair.idle())
                                + "::regclass AND ((s.seqincrement > 0) <> " + upwards(pair, reached)
                                + " OR CASE WHEN s.seqcycle THEN f.floor NOT BETWEEN s.seqmin AND s.seqmax"
                                + " WHEN s.seqincrement > 0 THEN f.floor >= s.seqmax ELSE f.floor <= s.seqmin END)")
                .collect(Collectors.joining(" UNION ALL "));
        return Rows.query(idle, sql, row -> row.getString(1));
    }

    /**
     * A schema's own sequences that are behind a row of the column that they feed. Only columns that an index begins with are
     * looked at.
     */
    public static List<String> behindRows(Connection connection, String schema) throws SQLException {
        List<String> behind = new ArrayList<>();
        for (Fed fed : fed(connection, schema)) {
            behind.addAll(Rows.query(
                    connection,
                    "SELECT " + literal(fed.sequence()) + " FROM " + fed.sequence() + " WHERE last_value < ("
                            + fed.greatest() + ")",
                    row -> row.getString(1)));
        }
        return behind;
    }

    /** Sets such sequences to the greatest value that a row has. */
    public static void catchUp(Connection connection, String schema) throws SQLException {
        for (Fed fed : fed(connection, schema)) {
            String greatest = "(" + fed.greatest() + ")";
            Rows.query(
                    connection,
                    "SELECT setval(" + literal(fed.sequence()) + "::regclass, " + greatest + ") FROM " + fed.sequence()
                            + " WHERE last_value < " + greatest,
                    row -> row.getLong(1));
        }
    }

    /** @param greatest a query for the greatest value of the column that the sequence feeds */
    private record Fed(String sequence, String greatest) {}

    private static List<Fed> fed(Connection connection, String schema) throws SQLException {
        String sql = """
                SELECT s.oid::regclass::text,
                       format('SELECT coalesce(max(%I), 0)::bigint FROM %s', a.attname, t.oid::regclass)
                FROM pg_class s
                JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0 AND NOT q.seqcycle
                JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
                     AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                JOIN pg_class t ON t.oid = d.refobjid
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
                JOIN pg_namespace n ON n.oid = t.relnamespace
                WHERE n.nspname = ? AND EXISTS (
                    SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisvalid AND i.indkey[0] = a.attnum)
                ORDER BY 1""";
        return Rows.query(connection, sql, row -> new Fed(row.getString(1), row.getString(2)), schema);
    }

    /** How far a sequence has come. */
    private record Position(long value, boolean upwards) {}

    /** How far each of the serving side's sequences has come. */
    private Map<String, Position> reached(Connection serving) throws SQLException {
        Map<String, Position> reached = new LinkedHashMap<>();
        String sql = pairs.stream()
                .map(Pair::serving)
                .filter(Objects::nonNull)
                .map(name -> "SELECT " + literal(name) + ", q.last_value, s.seqincrement > 0 FROM " + name
                        + " AS q, pg_sequence AS s WHERE s.seqrelid = " + literal(name) + "::regclass")
                .collect(Collectors.joining(" UNION ALL "));
        if (!sql.isEmpty()) {
            Rows.query(
                    serving,
                    sql,
                    row -> reached.put(row.getString(1), new Position(row.getLong(2), row.getBoolean(3))));
        }
        return reached;
    }

    private static @Nullable Position position(Pair pair, Map<String, Position> reached) {
        return pair.serving() == null ? null : reached.get(pair.serving());
    }

    /** The value that the idle sequence must have reached. */
    private static String floor(Pair pair, Map<String, Position> reached) {
        Position position = position(pair, reached);
        return position == null ? pair.used() : position.value() + "::bigint";
    }

    private static boolean upwards(Pair pair, Map<String, Position> reached) {
        Position position = position(pair, reached);
        return position == null || position.upwards();
    }

    /** Without a headroom where that would pass the sequence's end. */
    private static String advanceSql(Pair pair, Map<String, Position> reached, long headroom) {
        String wanted = "CASE WHEN s.seqcycle THEN f.floor"
                + " WHEN s.seqincrement > 0 AND s.seqmax::numeric - f.floor > " + headroom
                + " * s.seqincrement::numeric"
                + " OR s.seqincrement < 0 AND f.floor - s.seqmin::numeric > " + headroom + " * -s.seqincrement::numeric"
                + " THEN f.floor + " + headroom + " * s.seqincrement ELSE f.floor END";
        return "SELECT setval(" + literal(pair.idle()) + "::regclass, w.wanted) FROM " + pair.idle()
                + " AS q, (SELECT (" + floor(pair, reached) + ") AS floor) AS f, pg_sequence AS s"
                + ", LATERAL (SELECT " + wanted + " AS wanted) AS w WHERE s.seqrelid = " + literal(pair.idle())
                + "::regclass AND (s.seqincrement > 0) = " + upwards(pair, reached)
                + " AND w.wanted BETWEEN s.seqmin AND s.seqmax AND " + behind("w.wanted");
    }

    private static Pair pair(MirrorPlan plan, TablePlan table, Feeding idle, Map<String, String> serving) {
        String sequence = table.assignments().stream()
                .filter(assignment -> assignment.idleColumn().equals(idle.column()))
                .map(Assignment::expression)
                .map(expression -> serving.get(columnOf(table, expression)))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        return new Pair(
                idle.sequence(),
                sequence,
                idle.number()
                        ? "SELECT coalesce(max(" + SqlText.identifier(idle.column()) + "), 0)::bigint FROM "
                                + new TableSql(plan, table).idle()
                        : NOTHING_USED);
    }

    /** The {@code table."column"} that an expression is, if it is no more than a column. */
    private static String columnOf(TablePlan table, String expression) {
        return table.servingParts().stream()
                .flatMap(part -> part.columns().stream()
                        .filter(column -> SqlText.identifier(column.name()).equals(expression))
                        .map(column -> part.table() + "." + SqlText.identifier(column.column())))
                .findFirst()
                .orElse(table.servingTable() + "." + expression);
    }
}
