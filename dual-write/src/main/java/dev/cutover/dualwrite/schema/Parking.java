// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema;

import static dev.cutover.dualwrite.model.SqlText.identifier;

import dev.cutover.config.Side;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes foreign keys and user triggers off the idle side and puts them back. While a side is idle, rows reach it in an
 * order that its foreign keys would refuse, and its triggers would do a second time what the serving side's have done.
 *
 * <p>What is taken off is first recorded in the table {@code parked}, in the same transaction. Foreign keys come back NOT
 * VALID, which needs no scan; {@link #validate} then proves them without blocking writers.
 */
public final class Parking {
    /**
     * With a query for the rows that violate the key: MATCH SIMPLE lets one null column pass, MATCH FULL only all. The last column
     * of a key with a PERIOD lies within the periods of all rows that it refers to.
     */
    private static final String FOREIGN_KEYS = """
            SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), t.relkind = 'p',
              (SELECT format('SELECT jsonb_build_array(%s)::text FROM %s AS c WHERE %s(num_nulls(%s) = 0 AND NOT %s'
                      || ' FROM %s AS p WHERE %s)%s) ORDER BY 1 LIMIT 1000',
                  string_agg(format('c.%I', a.attname), ', '),
                  CASE t.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || c.conrelid::regclass,
                  CASE c.confmatchtype WHEN 'f' THEN format('num_nulls(%s) BETWEEN 1 AND %s OR ',
                    string_agg(format('c.%I', a.attname), ', '), count(*) - 1) ELSE '' END,
                  string_agg(format('c.%I', a.attname), ', '),
                  coalesce(max(format('coalesce((SELECT c.%I OPERATOR(pg_catalog.<@) pg_catalog.range_agg(p.%I)', a.attname, f.attname))
                    FILTER (WHERE k.place = period.place), 'EXISTS (SELECT'),
                  (SELECT CASE relkind WHEN 'r' THEN 'ONLY ' ELSE '' END FROM pg_class WHERE oid = c.confrelid) || c.confrelid::regclass,
                  string_agg(format('p.%I OPERATOR(%I.%s) c.%I', f.attname, o.nspname, o.oprname, a.attname), ' AND ')
                    FILTER (WHERE k.place IS DISTINCT FROM period.place),
                  CASE WHEN max(period.place) IS NULL THEN '' ELSE ', false)' END)
               FROM unnest(c.conkey, c.confkey, c.conpfeqop) WITH ORDINALITY AS k (own, other, op, place)
               CROSS JOIN (SELECT CASE WHEN to_jsonb(c) ->> 'conperiod' = 'true' THEN cardinality(c.conkey) END) AS period (place)
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
               JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.other
               JOIN (SELECT p.oid, p.oprname, n.nspname FROM pg_operator p JOIN pg_namespace n ON n.oid = p.oprnamespace) AS o
                 ON o.oid = k.op)
            FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
            WHERE n.nspname = ? AND c.contype = 'f' AND c.conparentid = 0 ORDER BY 1, 2""";

    private static final String TRIGGERS = """
            SELECT t.tgrelid::regclass::text, t.tgname, t.tgenabled
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
              AND t.tgname NOT LIKE 'cutover\\_net\\_%' AND t.tgname <> 'cutover_fence' ORDER BY 1, 2""";

    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private static final String UNPROVED = """
            FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
            JOIN pg_namespace n ON n.oid = t.relnamespace
            WHERE n.nspname = ? AND c.contype = 'f' AND c.conparentid = 0 AND NOT c.convalidated ORDER BY 1""";

    private final String tenant;
    private final String table;

    /** @param transition where what is parked is recorded */
    public Parking(TransitionSchema transition, String tenant) {
        this.tenant = tenant;
        this.table = transition.table("parked");
    }

    /** That of a plan's tenant. */
    public Parking(MirrorPlan plan) {
        this(plan.transition(), plan.tenant());
    }

    /** @param violations a query for the rows which a foreign key would refuse; null for a trigger */
    private record Parked(
            String table,
            String kind,
            String name,
            String definition,
            @Nullable String violations) {
        String remove() {
            return kind.equals("TRIGGER")
                    ? "ALTER TABLE " + table + " DISABLE TRIGGER " + identifier(name)
                    : "ALTER TABLE " + table + " DROP CONSTRAINT " + identifier(name);
        }

        String restore() {
            if (!kind.equals("TRIGGER")) {
                return "ALTER TABLE " + table + " ADD CONSTRAINT " + identifier(name) + " " + definition;
            }
            String enable =
                    switch (definition) {
                        case "A" -> "ENABLE ALWAYS";
                        case "R" -> "ENABLE REPLICA";
                        default -> "ENABLE";
                    };
            return "ALTER TABLE " + table + " " + enable + " TRIGGER " + identifier(name);
        }
    }

    /** What {@link #park} would take off the schema's tables, as {@code table: name}. */
    public static List<String> unparked(Connection connection, String schema) throws SQLException {
        List<String> found = new ArrayList<>();
        for (String sql : List.of(FOREIGN_KEYS, TRIGGERS)) {
            found.addAll(Rows.query(connection, sql, row -> row.getString(1) + ": " + row.getString(2), schema));
        }
        return found;
    }

    /** Whether anything of a tenant is parked in a schema that the session may read. */
    public static boolean holds(Connection connection, TransitionSchema transition, String tenant) throws SQLException {
        String table = transition.table("parked");
        boolean readable = Rows.query(
                        connection,
                        "SELECT coalesce(has_schema_privilege(to_regnamespace(?)::oid, 'USAGE')"
                                + " AND has_table_privilege(to_regclass(?)::oid, 'SELECT'), false)",
                        row -> row.getBoolean(1),
                        transition.name(),
                        table)
                .contains(true);
        return readable
                && !Rows.query(connection, "SELECT FROM " + table + " WHERE tenant = ? LIMIT 1", row -> true, tenant)
                        .isEmpty();
    }

    /** What is parked on a side of the tenant, as {@code table: name}. */
    public List<String> parked(Connection connection, Side side) throws SQLException {
        return Rows.query(
                connection,
                "SELECT tbl || ': ' || name FROM " + table + " WHERE tenant = ? AND side = ? ORDER BY 1",
                row -> row.getString(1),
                tenant,
                side.name());
    }

    /** Parks everything on the schema's tables; safe to repeat. Runs in the caller's transaction. */
    public void park(Connection connection, Side side, String schema) throws SQLException {
        List<Parked> parked = new ArrayList<>(Rows.query(
                connection,
                FOREIGN_KEYS,
                row -> new Parked(
                        row.getString(1),
                        "FOREIGN KEY",
                        row.getString(2),
                        withoutScan(row.getString(3), row.getBoolean(4)),
                        row.getString(5)),
                schema));
        parked.addAll(Rows.query(
                connection,
                TRIGGERS,
                row -> new Parked(row.getString(1), "TRIGGER", row.getString(2), row.getString(3), null),
                schema));
        record(connection, side, parked);
        executeAtOnce(connection, parked.stream().map(Parked::remove).toList());
    }

    /** Puts back all that was parked on the side; safe to repeat. Runs in the caller's transaction. */
    public void restore(Connection connection, Side side) throws SQLException {
        List<Parked> parked = Rows.query(
                connection,
                "DELETE FROM " + table + " WHERE tenant = ? AND side = ? RETURNING tbl, kind, name, definition",
                row -> new Parked(row.getString(1), row.getString(2), row.getString(3), row.getString(4), null),
                tenant,
                side.name());
        executeAtOnce(connection, parked.stream().map(Parked::restore).toList());
    }

    /** The schema's foreign keys that are NOT VALID, as {@code table: name}. */
    public static List<String> unproved(Connection connection, String schema) throws SQLException {
        return Rows.query(
                connection,
                "SELECT c.conrelid::regclass || ': ' || c.conname " + UNPROVED,
                row -> row.getString(1),
                schema);
    }

    /**
     * A parked foreign key that would not hold.
     *
     * @param rows the key's value, as a JSON array, of each row that refers to nothing, in order; the first {@link #MOST}
     */
    public record Violated(String table, String name, List<String> rows) {
        public static final int MOST = 1_000;
    }

    /** Looks at all rows of the tables whose foreign keys are parked on the side. */
    public List<Violated> violated(Connection connection, Side side) throws SQLException {
        List<Parked> keys = Rows.query(
                connection,
                "SELECT tbl, kind, name, definition, violations FROM " + table
                        + " WHERE tenant = ? AND side = ? AND violations IS NOT NULL ORDER BY tbl, name",
                row -> new Parked(
                        row.getString(1), row.getString(2), row.getString(3), row.getString(4), row.getString(5)),
                tenant,
                side.name());
        if (keys.isEmpty()) {
            return List.of();
        }
        List<List<String>> rows =
                keys.stream().map(key -> (List<String>) new ArrayList<String>()).toList();
        Rows.query(
                connection, allViolations(keys), row -> rows.get(row.getInt(1)).add(row.getString(2)));
        List<Violated> violated = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            if (!rows.get(i).isEmpty()) {
                violated.add(new Violated(keys.get(i).table(), keys.get(i).name(), rows.get(i)));
            }
        }
        return violated;
    }

    /** The violating rows of all keys, each with its key's number. */
    private static String allViolations(List<Parked> keys) {
        return IntStream.range(0, keys.size())
                .mapToObj(i -> "SELECT " + i + ", v.* FROM (" + keys.get(i).violations() + ") AS v")
                .collect(Collectors.joining(" UNION ALL "));
    }

    /**
     * Validates the schema's foreign keys that came back unproved; readers and writers continue meanwhile. A key to a
     * partitioned table has a constraint for each partition beside its own. Alone, such a one does not hold.
     *
     * @param connection in autocommit mode
     * @return why some stay unproved: rows violate them
     */
    public static List<String> validate(Connection connection, String schema) throws SQLException {
        List<String> statements = Rows.query(
                connection,
                "SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', c.conrelid::regclass, c.conname) " + UNPROVED,
                row -> row.getString(1),
                schema);
        List<String> violated = new ArrayList<>();
        for (String statement : statements) {
            try {
                Rows.execute(connection, List.of(statement));
            } catch (SQLException e) {
                if (!FOREIGN_KEY_VIOLATION.equals(e.getSQLState())) {
                    throw e;
                }
                violated.add(OneLine.of(e));
            }
        }
        return violated;
    }

    /** A partitioned table's foreign key cannot be added NOT VALID before PostgreSQL 18. */
    private static String withoutScan(String definition, boolean partitioned) {
        return partitioned || definition.endsWith("NOT VALID") ? definition : definition + " NOT VALID";
    }

    private void record(Connection connection, Side side, List<Parked> parked) throws SQLException {
        String sql = """
                INSERT INTO %s (tenant, side, tbl, kind, name, definition, violations)
                SELECT ?, ?, p.* FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[]) AS p
                ON CONFLICT (tenant, side, tbl, kind, name) DO UPDATE
                SET definition = EXCLUDED.definition, violations = EXCLUDED.violations""".formatted(table);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, tenant);
            statement.setString(2, side.name());
            statement.setArray(3, texts(connection, parked, Parked::table));
            statement.setArray(4, texts(connection, parked, Parked::kind));
            statement.setArray(5, texts(connection, parked, Parked::name));
            statement.setArray(6, texts(connection, parked, Parked::definition));
            statement.setArray(7, texts(connection, parked, Parked::violations));
            statement.executeUpdate();
        }
    }

    private static Array texts(Connection connection, List<Parked> parked, Function<Parked, @Nullable String> text)
            throws SQLException {
        return connection.createArrayOf("text", parked.stream().map(text).toArray());
    }

    /** Sent together, since clients are held meanwhile. */
    private static void executeAtOnce(Connection connection, List<String> statements) throws SQLException {
        if (!statements.isEmpty()) {
            Rows.execute(connection, List.of(String.join(";\n", statements)));
        }
    }
}
