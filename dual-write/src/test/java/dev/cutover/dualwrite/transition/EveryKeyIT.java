// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static java.util.stream.Collectors.toMap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.mapping.PlanProblem;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.verify.Verifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A key of every type that can have a unique index gets into a mark and back as it is, or its type is refused by name. The types
 * are those of the server at hand: a type that a new version brings fails the test until somebody has looked at it.
 */
@ExtendWith(PostgresExtension.class)
class EveryKeyIT {
    /** A type's name and values, divided by {@code ~}. The arrays of all types are made from these. */
    private static final Map<String, String> VALUES = Stream.of(
                    "boolean~true~false",
                    "bytea~\\x~\\x00ff5c27",
                    "\"char\"~x~",
                    "name~a name~",
                    "bigint~9223372036854775807~-1",
                    "smallint~-32768~7",
                    "integer~-2147483648~7",
                    "text~NULL~{\"tab\tquote'\\\\\"}~null~\"5\"",
                    "character varying~[1, 2]~",
                    "character~a~b",
                    "oid~4294967295~0",
                    "tid~(4294967295,65535)~(0,1)",
                    "oidvector~1 2 4294967295~",
                    "int2vector~1 2 -3~",
                    "pg_lsn~16/B374D848~0/0",
                    "money~-12.34~92233720368547758.07",
                    "macaddr~08:00:2b:01:02:03~ff:ff:ff:ff:ff:ff",
                    "macaddr8~08:00:2b:01:02:03:04:05~ff:ff:ff:ff:ff:ff:ff:ff",
                    "inet~10.0.0.1/8~::1~1.2.3.4",
                    "cidr~10.0.0.0/8~::/0",
                    "date~infinity~0044-03-15 BC~5874897-12-31~2024-02-01",
                    "time without time zone~24:00:00~00:00:00.123456",
                    "timestamp without time zone~infinity~4713-01-01 00:00:00 BC~2024-02-01 03:04:05.678901",
                    "timestamp with time zone~-infinity~1890-01-01 00:00:00+00~2024-03-31 02:30:00.000001+02",
                    "interval~-1 year 2 mons -3 days 04:05:06.789~178000000 years~1 day -1 hour",
                    "time with time zone~23:59:59.999999+15:59~00:00:00-15:59:59",
                    "bit~1~0",
                    "bit varying~~10110",
                    "numeric~NaN~-0.000000000000000000000000000001~123456789012345678901234567890.12345~1.10",
                    "real~-0~Infinity~NaN~1e-45~3.4028235e38~0.1",
                    "double precision~-0~-Infinity~NaN~5e-324~1.7976931348623157e308~0.30000000000000004",
                    "uuid~a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11~00000000-0000-0000-0000-000000000000",
                    "xid8~18446744073709551615~0",
                    "tsvector~a:1A b''c:2,3~",
                    "tsquery~'a' & ( 'b' | !'c' ) <-> 'd':*B~",
                    "jsonb~null~\"5\"~5.00~{\"a\": [1, 2.50, null]}~\"\\u00e9\"~[]",
                    "refcursor~a cursor~",
                    "int4range~(1,5)~empty~[,)",
                    "int8range~[1,9223372036854775807)~empty",
                    "numrange~(1.0,2.50]~empty",
                    "daterange~[2024-02-01,2024-03-01)~(,)",
                    "tsrange~[2024-02-01 03:04:05.678901,infinity)~empty",
                    "tstzrange~[2024-02-01 03:04:05.678901+00,infinity)~empty",
                    "int4multirange~{[1,3),[5,6)}~{}",
                    "int8multirange~{[1,3),[5,6)}~{}",
                    "nummultirange~{[1.0,3.00)}~{}",
                    "datemultirange~{[2024-02-01,2024-03-01)}~{}",
                    "tsmultirange~{[2024-02-01 03:04:05,infinity)}~{}",
                    "tstzmultirange~{[2024-02-01 03:04:05+00,infinity)}~{}",
                    "v.mood~quite \"glad\"~sad",
                    "v.pair~(1.0,\"a,\\\"b\\\" )\",2024-02-01)~(,,)",
                    "v.positive~5~7",
                    "v.positives~{1,2}~{}",
                    "v.spans~[1.0,2.00)~empty",
                    "v.spans_multirange~{[1.0,2.00)}~{}")
            .map(line -> line.split("~", -1))
            .collect(toMap(
                    line -> line[0], line -> String.join("~", List.of(line).subList(1, line.length))));

    private static final String TYPES = """
            CREATE SCHEMA v;
            CREATE TYPE v.mood AS ENUM ('sad', 'quite "glad"');
            CREATE TYPE v.pair AS (n numeric, t text, d date);
            CREATE DOMAIN v.positive AS int CHECK (VALUE > 0);
            CREATE DOMAIN v.positives AS int[];
            CREATE TYPE v.spans AS RANGE (subtype = numeric);
            """;

    /** All that may be a column's type, but for those whose values only the server makes. */
    private static final String CANDIDATES = """
            SELECT t.oid::regtype::text FROM pg_type t
            WHERE t.typisdefined AND t.typtype IN ('b', 'c', 'd', 'e', 'm', 'r')
              AND t.typname NOT IN ('pg_node_tree', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list',
                                    'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary')
              AND (t.typnamespace = 'v'::regnamespace
                   OR t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype <> 'c'
                      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typtype = 'c'))
            ORDER BY t.oid""";

    /** A client's settings, not those of maintenance sessions. pgjdbc itself insists on ISO dates. */
    private static final String SETTINGS = "SET DateStyle = 'ISO, DMY'; SET IntervalStyle = 'sql_standard';"
            + " SET extra_float_digits = 0; SET bytea_output = 'escape'; SET TimeZone = 'Asia/Kathmandu';"
            + " SET quote_all_identifiers = on; SET search_path = pg_catalog, v";

    /** What a key's type must not be, as the problem says. */
    private static final Set<String> REFUSED = Set.of(
            "regclass",
            "regcollation",
            "regconfig",
            "regdictionary",
            "regnamespace",
            "regoper",
            "regoperator",
            "regproc",
            "regprocedure",
            "regrole",
            "regtype",
            "regdatabase");

    @Test
    void keysOfEveryTypeAreCarriedOrRefused(TestDatabase blue, TestDatabase green) throws Exception {
        blue.execute(TYPES);
        green.execute(TYPES);
        List<String> types = keyTypes(blue);
        for (String type : types) {
            String table = "CREATE TABLE " + table(type) + " (k " + type + " PRIMARY KEY, n int)";
            blue.execute(table);
            green.execute(table);
        }
        Placement placement = Placement.of(blue.dataSource(), green.dataSource());
        placement.databases().forEach(TransitionSchema.USUAL::migrate);
        List<PlanProblem> problems = new ArrayList<>();
        MirrorPlan plan = plan(blue, green, problems);
        Set<String> refused = new TreeSet<>();
        types.stream().filter(type -> REFUSED.contains(element(type))).forEach(refused::add);
        Set<String> named = new TreeSet<>();
        types.stream()
                .filter(type ->
                        problems.stream().anyMatch(problem -> problem.problem().contains(" is of type " + type + ",")))
                .forEach(named::add);
        assertEquals(refused, named, problems::toString);
        assertEquals(refused.size(), problems.size(), problems::toString);
        List<String> carried =
                types.stream().filter(type -> !refused.contains(type)).toList();
        Set<String> unknown = new TreeSet<>();
        carried.stream().filter(type -> !VALUES.containsKey(element(type))).forEach(unknown::add);
        assertEquals(Set.of(), unknown, "types of which this test has no values");

        new Net(plan).install(placement);
        try (Connection client = blue.connect();
                Statement statement = client.createStatement()) {
            statement.execute(SETTINGS);
            for (String type : carried) {
                statement.execute("INSERT INTO " + table(type) + " SELECT k, 0 FROM (" + values(type) + ") AS x (k)");
            }
            sidesAreEqual(blue, green, placement, plan, carried);
            for (String type : carried) {
                statement.execute("UPDATE " + table(type) + " SET n = 1; DELETE FROM " + table(type)
                        + " WHERE k = (SELECT k FROM " + table(type) + " ORDER BY k LIMIT 1)");
            }
            sidesAreEqual(blue, green, placement, plan, carried);
        }
    }

    private static void sidesAreEqual(
            TestDatabase blue, TestDatabase green, Placement placement, MirrorPlan plan, List<String> types)
            throws Exception {
        new Resync(placement, plan).drain(System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
        assertEquals(List.of(), blue.query("SELECT tbl || key || error FROM cutover.dirty_key"));
        for (String type : types) {
            String contents =
                    "SELECT t::text || encode(textsend(k::text), 'hex') FROM " + table(type) + " AS t ORDER BY k";
            List<String> rows = blue.query(contents);
            assertTrue(!rows.isEmpty(), type);
            assertEquals(rows, green.query(contents), type);
        }
        assertEquals(
                0,
                new Verifier(placement, plan)
                        .run(Verifier.Scope.ALL, () -> false, rows -> {})
                        .mismatches());
    }

    private static MirrorPlan plan(TestDatabase blue, TestDatabase green, List<PlanProblem> problems) throws Exception {
        try (Connection from = blue.connect();
                Connection to = green.connect()) {
            PlanBuilder builder =
                    new PlanBuilder(Mapping.IDENTITY, CatalogReader.read(from, "v"), CatalogReader.read(to, "v"));
            MirrorPlan plan = new MirrorPlan(
                    "acme",
                    Side.BLUE,
                    "v",
                    "v",
                    MirrorToken.of("secret", 1),
                    MirrorMode.DEFERRED,
                    builder.tables(Side.BLUE),
                    UserNames.NONE);
            problems.addAll(builder.problems());
            return plan;
        }
    }

    /** The types of which the server makes a primary key. */
    private static List<String> keyTypes(TestDatabase database) throws SQLException {
        List<String> types = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String type : database.query(CANDIDATES)) {
                Savepoint savepoint = connection.setSavepoint();
                try {
                    statement.execute("CREATE TABLE v.probe (k " + type + " PRIMARY KEY)");
                    types.add(type);
                } catch (SQLException e) {
                    assertTrue(Set.of("42704", "42P16", "0A000").contains(e.getSQLState()), type + ": " + e);
                }
                connection.rollback(savepoint);
            }
            connection.rollback();
        }
        // The server finds out at the second row that it cannot compare the elements.
        types.removeIf(type -> !types.contains(element(type)));
        return types;
    }

    private static String table(String type) {
        return "v.\"" + type.replace("\"", "\"\"") + "\"";
    }

    private static String element(String type) {
        return type.replace("[]", "");
    }

    /** A query of a type's values: those given for it, or arrays of them. */
    private static String values(String type) {
        String element = element(type);
        List<String> literals = Stream.of(VALUES.get(element).split("~", -1))
                .map(value -> "'" + value.replace("'", "''") + "'::" + element)
                .toList();
        return type.equals(element)
                ? "VALUES (" + String.join("), (", literals) + ")"
                : "VALUES (ARRAY[" + String.join(", ", literals) + "]::" + type + "), ('{NULL}'), ('{}'), (ARRAY[["
                        + literals.get(0) + "], [" + literals.get(0) + "]]::" + type + ")";
    }
}
