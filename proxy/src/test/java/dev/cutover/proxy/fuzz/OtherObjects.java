// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.fuzz.RandomSession.Step;
import dev.cutover.proxy.lifecycle.Lifecycle;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Objects of a schema that are no ordinary tables: large objects, sequences of another schema, materialized views; and tables that
 * are unlogged or inherit.
 */
final class OtherObjects {
    /** The sequence that counts on the blue side, and on the green one. */
    static final List<List<String>> SEQUENCES = List.of(
            List.of("elsewhere.codes", "elsewhere.codes"),
            List.of("elsewhere.old_codes", "elsewhere.new_codes"),
            List.of());

    /** Types of a column that refers to large objects. */
    static final List<String> DOCS = List.of("oid", "elsewhere.lo", "oid[]", "");

    /** The second one reads the first. */
    private static final List<String> VIEWS = List.of("totals", "doubles");

    private static final String LARGE_OBJECTS =
            "SELECT oid || ' ' || encode(lo_get(oid), 'hex') FROM pg_largeobject_metadata ORDER BY oid";

    private OtherObjects() {}

    static String before(Side side) {
        return side == Side.GREEN ? "CREATE SEQUENCE elsewhere.new_codes;\n" : """
                  CREATE SCHEMA elsewhere;
                  CREATE SEQUENCE elsewhere.codes;
                  CREATE SEQUENCE elsewhere.old_codes;
                  CREATE DOMAIN elsewhere.lo AS oid;
                  """;
    }

    /** The materialized views. Only those of the blue side have data. */
    static String after(Side side, List<RandomTable> tables) {
        String schema = side == Side.BLUE ? "v1." : "v2.";
        String data = side == Side.BLUE ? "" : " WITH NO DATA";
        String table = schema + tables.get(tables.size() > 2 ? 1 : 0).name(side);
        return "CREATE MATERIALIZED VIEW " + schema
                + "totals AS SELECT owner, count(*) AS n, sum(amount)::bigint AS amount FROM "
                + table + " GROUP BY owner" + data + ";\nCREATE MATERIALIZED VIEW " + schema
                + "doubles AS SELECT owner, n * 2 AS n FROM " + schema + "totals" + data + ";\n";
    }

    /** A transaction in which a client refreshes a view and reads its own rows' part. */
    static List<String> refresh(int session) {
        return List.of(
                "BEGIN",
                "REFRESH MATERIALIZED VIEW totals",
                "SELECT n, amount FROM totals WHERE owner = " + session,
                "COMMIT");
    }

    /** The number of a large object that this session alone uses. */
    static int number(int session, SplittableRandom random) {
        return 900_000 + session * 100 + random.nextInt(20);
    }

    /** Makes, writes, reads, removes or refers to a large object. */
    static Step step(SplittableRandom random, int number, RandomTable table, String where) {
        String oid = "'" + number + "'::oid";
        String bytes = "'\\x" + "00ff27".repeat(random.nextInt(1, 4)) + "'::bytea";
        String doc = table.docs.endsWith("[]") ? "doc[1]" : "doc";
        String on = " WHERE " + where;
        return switch (random.nextInt(9)) {
            case 0, 1 -> set(table, "lo_from_bytea(" + oid + ", " + bytes + ")", on);
            case 2 -> set(table, "lo_create(" + oid + ")", on);
            case 3 -> set(table, oid, on);
            case 4 -> set(table, "", on);
            case 5 -> get(table, "lo_put(" + doc + ", 1, " + bytes + ")", on);
            case 6 -> get(table, "lo_unlink(" + doc + ")", on);
            default -> get(table, "lo_get(" + doc + ")", on);
        };
    }

    private static Step set(RandomTable table, String doc, String where) {
        String value = doc.isEmpty() ? "NULL" : table.docs.endsWith("[]") ? "ARRAY[" + doc + "]" : doc;
        return RandomSession.step(side -> "UPDATE " + table.name(side) + " SET doc = " + value + where);
    }

    private static Step get(RandomTable table, String what, String where) {
        return RandomSession.step(
                side -> "SELECT " + what + " FROM " + table.name(side) + where + " AND doc IS NOT NULL");
    }

    static List<String> largeObjects(TestDatabase database) throws SQLException {
        return database.query(LARGE_OBJECTS);
    }

    /**
     * Between two databases: the columns whose large objects are missing on the other side stop a flip, and no others. Then copies
     * all large objects, as an operator would.
     */
    static void carryLargeObjects(RandomSchema schema, Lifecycle cutover, Side serving) throws Exception {
        TestDatabase from = serving == Side.BLUE ? cutover.app() : cutover.green();
        TestDatabase to = serving == Side.BLUE ? cutover.green() : cutover.app();
        String there = String.join(",", to.query("SELECT oid FROM pg_largeobject_metadata"));
        List<String> lacking = new ArrayList<>();
        for (RandomTable table : schema.tables) {
            if (!table.docs.isEmpty()) {
                lacking.addAll(from.query("""
                        SELECT count(*) || ' values of %s.%s.doc refer to large objects that the idle side''s database lacks'
                        FROM (SELECT %s AS oid FROM %s) AS doc JOIN pg_largeobject_metadata USING (oid)
                        WHERE oid <> ALL ('{%s}'::oid[]) HAVING count(*) > 0""".formatted(
                                serving == Side.BLUE ? "v1" : "v2",
                                table.unquoted(table.name(serving)),
                                table.docs.endsWith("[]") ? "doc[1]" : "doc",
                                table.own(serving),
                                there)));
            }
        }
        List<Finding> findings = cutover.attempt("check", VerbRequest.PLAIN).findings();
        assertEquals(
                new TreeSet<>(lacking),
                findings.stream()
                        .filter(finding -> finding.guardrail().equals("large-objects-there"))
                        .map(Finding::finding)
                        .collect(toCollection(TreeSet::new)));
        to.query("SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
        for (String large : largeObjects(from)) {
            String[] parts = large.split(" ", -1);
            to.query("SELECT lo_from_bytea(" + parts[0] + ", '\\x" + parts[1] + "')");
        }
        assertEquals(largeObjects(from), largeObjects(to));
    }

    /** The views of the side that has begun to serve have data. @param exact nobody has written since the flip's begin */
    static void assertViewsFilled(Lifecycle cutover, Side serving, boolean exact) throws Exception {
        TestDatabase database = serving == Side.BLUE ? cutover.app() : cutover.green();
        for (String name : VIEWS) {
            String view = (serving == Side.BLUE ? "v1." : "v2.") + name;
            List<String> rows = database.query("SELECT x::text FROM " + view + " AS x ORDER BY 1");
            String query = database.query("SELECT pg_get_viewdef('" + view + "'::regclass)")
                    .get(0)
                    .replace(";", "");
            if (exact) {
                assertEquals(database.query("SELECT x::text FROM (" + query + ") AS x ORDER BY 1"), rows, view);
            }
        }
    }
}
