// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A value that the other side's type would round or cut is refused by name, on the way there and on the way back. */
@ExtendWith(PostgresExtension.class)
class NothingIsCutIT {
    /** A wide type, a narrow one, a value that both hold and one that only the wide one holds. */
    private record Pair(String wide, String narrow, String fits, String doesNot) {}

    private static final List<Pair> PAIRS = List.of(
            new Pair("text", "varchar(3)", "abc", "abcd"),
            new Pair("text", "char(3)", "abc", "abcd"),
            new Pair("char(5)", "char(3)", "abc", "abcd"),
            new Pair("text", "\"char\"", "a", "ab"),
            new Pair(
                    "text COLLATE \"C\"",
                    "name",
                    "abc",
                    "a name of more than sixty-three characters, which PostgreSQL would cut"),
            new Pair("numeric", "numeric(10,2)", "1.20", "1.239"),
            new Pair("numeric", "int", "2", "1.5"),
            new Pair("numeric(10,4)", "numeric(10,2)", "1.2000", "1.2390"),
            new Pair("numeric(10,4)", "money", "1.2000", "1.2390"),
            new Pair("numeric(10,2)", "numeric(10,1)", "1.20", "1.25"),
            new Pair("varchar", "varchar(3)", "abc", "abcd"),
            new Pair("double precision", "real", "0.5", "0.1"),
            new Pair("bigint", "int", "7", "2147483648"),
            new Pair("timestamp", "timestamp(0)", "2024-02-01 03:04:05", "2024-02-01 03:04:05.5"),
            new Pair("timestamp", "date", "2024-02-01 00:00:00", "2024-02-01 03:04:05"),
            new Pair("time", "time(0)", "03:04:05", "03:04:05.5"),
            new Pair("interval", "interval(0)", "03:04:05", "03:04:05.5"),
            new Pair("inet", "cidr", "10.0.0.0/8", "10.1.2.3/8"),
            new Pair("text", "numeric(10,2)", "1.20", "1.239"),
            new Pair("text", "date", "2024-02-01", "2024-02-01 10:00"),
            new Pair("numeric[]", "numeric(10,2)[]", "{1.20}", "{1.239}"));

    @ParameterizedTest
    @CsvSource({
        "INLINE, x", "DEFERRED_IN_ONE_DATABASE, x", "TWO_DATABASES, x",
        "INLINE, y", "DEFERRED_IN_ONE_DATABASE, y", "TWO_DATABASES, y"
    })
    void onTheWayThere(Layout layout, String narrow, TestServer server) throws Exception {
        String tables = tables("v1", "v2", narrow);
        try (Lifecycle cutover = Lifecycle.start(server, tables, renamed("x", narrow), layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cannotBeCut(cutover, statement, "flip");
            cutover.run("verify", "flip");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INLINE, x", "DEFERRED_IN_ONE_DATABASE, x", "TWO_DATABASES, x",
        "INLINE, y", "DEFERRED_IN_ONE_DATABASE, y", "TWO_DATABASES, y"
    })
    void onTheWayBack(Layout layout, String narrow, TestServer server) throws Exception {
        String tables = tables("v2", "v1", narrow);
        try (Lifecycle cutover = Lifecycle.start(server, tables, renamed(narrow, "x"), layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");
            cannotBeCut(cutover, statement, "rollback");
            cutover.run("verify", "rollback");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void norIsAKey(Layout layout, TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.t (id numeric PRIMARY KEY);
                CREATE TABLE v2.t (id bigint PRIMARY KEY);
                INSERT INTO v1.t VALUES (1);
                """;
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            statement.execute("INSERT INTO t VALUES (1.4)");
            statement.execute("INSERT INTO t VALUES (2)");
            cutover.awaitRefused(1);
            assertEquals(List.of("1", "2"), cutover.green().query("SELECT id FROM v2.t ORDER BY id"));
            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);
            assertEquals(Operation.State.REFUSED, flip.state(), flip::message);
        }
    }

    /** Its text would be read as another row's key. */
    @Test
    void aKeyThatWouldBeRoundedIsRefusedByName(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.t (at timestamp PRIMARY KEY);
                CREATE TABLE v2.t (at timestamp(0) PRIMARY KEY);
                """;
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY)) {
            Operation prepare = cutover.attempt("prepare", VerbRequest.PLAIN);
            assertEquals(Operation.State.REFUSED, prepare.state());
            assertTrue(prepare.findings().toString().contains("t.at: its type timestamp(0)"), prepare::toString);
        }
    }

    /** Not even within a block, where a mirrored statement could not be retried. */
    @Test
    void noStatementOfAClientFails(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.t (id int PRIMARY KEY, x numeric);
                CREATE TABLE v2.t (id int PRIMARY KEY, x numeric(10,2));
                """;
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            client.setAutoCommit(false);
            statement.execute("INSERT INTO t VALUES (1, 1.239)");
            statement.execute("INSERT INTO t VALUES (2, 1.25)");
            client.commit();
            cutover.awaitRefused(1);
            assertEquals(List.of("1.25"), cutover.app().query("SELECT x FROM v2.t"));
            Operation verify = cutover.attempt("verify", VerbRequest.PLAIN);
            assertEquals(Operation.State.REFUSED, verify.state(), verify::message);
            assertTrue(verify.findings().toString().contains("refuses"), verify::toString);
        }
    }

    private static void cannotBeCut(Lifecycle cutover, Statement statement, String verb) throws Exception {
        for (int i = 0; i < PAIRS.size(); i++) {
            // A mirrored statement that fails on the idle side within a block fails for the client once; outside, it is
            // retried.
            statement.execute("UPDATE t" + i + " SET x = '" + PAIRS.get(i).doesNot() + "'");
        }
        cutover.awaitRefused(PAIRS.size());
        RefusedRows refused = cutover.ledger(null);
        List<String> tables = new ArrayList<>(
                refused.rows().stream().map(RefusedRows.Row::table).toList());
        for (int i = 0; i < PAIRS.size(); i++) {
            assertTrue(tables.contains("t" + i), PAIRS.get(i) + " " + tables);
        }
        assertTrue(refused.rows().stream().allMatch(row -> row.sqlState().startsWith("22")), refused::toString);
        Operation stopped = cutover.attempt(verb, VerbRequest.PLAIN);
        assertEquals(Operation.State.REFUSED, stopped.state(), stopped::message);
        for (int i = 0; i < PAIRS.size(); i++) {
            statement.execute("UPDATE t" + i + " SET x = '" + PAIRS.get(i).fits() + "'");
        }
        cutover.awaitNoMarks();
    }

    private static String tables(String wide, String narrow, String narrowColumn) {
        return IntStream.range(0, PAIRS.size())
                .mapToObj(i -> "CREATE TABLE " + wide + ".t" + i + " (id int PRIMARY KEY, x "
                        + PAIRS.get(i).wide() + "); CREATE TABLE " + narrow + ".t" + i + " (id int PRIMARY KEY, "
                        + narrowColumn + " " + PAIRS.get(i).narrow() + "); INSERT INTO v1.t" + i + " VALUES (1, '"
                        + PAIRS.get(i).fits() + "');")
                .collect(Collectors.joining());
    }

    /** The mapping names the other side's column as it is, in quotes, or in capitals. Equal names need no mapping. */
    private static Mapping renamed(String blue, String green) {
        if (blue.equals(green)) {
            return Mapping.IDENTITY;
        }
        List<UnaryOperator<String>> spellings =
                List.of(name -> name, name -> " \"" + name + "\" ", name -> name.toUpperCase(Locale.ROOT));
        Map<String, TableMapping> tables = new HashMap<>();
        for (int i = 0; i < PAIRS.size(); i++) {
            UnaryOperator<String> spelling = spellings.get(i % spellings.size());
            Map<String, String> up = Map.of(green, spelling.apply(blue));
            Map<String, String> down = Map.of(blue, spelling.apply(green));
            tables.put("t" + i, new TableMapping("t" + i, "t" + i, List.of(), up, down));
        }
        return new Mapping(tables, Set.of());
    }
}
