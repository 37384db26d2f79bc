package dev.cutover.dualwrite.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.dualwrite.analyze.Script;
import dev.cutover.dualwrite.rewrite.Rewrite.Mirrored;
import dev.cutover.dualwrite.rewrite.Rewrite.Shape;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every rewritten form on PostgreSQL, beside the client's own statement on a copy. */
@ExtendWith(PostgresExtension.class)
class RewriteIT {
    private static final StatementPlanner PLANNER = Planners.mirroring(Fixture.PLAN);
    private static Connection connection;

    @BeforeAll
    static void makeTables(TestDatabase database) throws Exception {
        database.execute(
                new String(RewriteIT.class.getResourceAsStream("fixture.sql").readAllBytes(), StandardCharsets.UTF_8));
        connection = database.connect();
        connection.setAutoCommit(false);
    }

    @AfterAll
    static void close() throws SQLException {
        connection.close();
    }

    static Stream<Script.Case> script() {
        return Script.read(RewriteIT.class, "executed.txt");
    }

    @ParameterizedTest
    @MethodSource("script")
    void isToTheClientWhatItsOwnStatementIs(Script.Case line) throws SQLException {
        Mirrored mirrored =
                assertInstanceOf(Mirrored.class, PLANNER.plan(line.text()).rewrite());
        String parameters = line.expected().get(0).startsWith("with ")
                ? line.expected().get(0).substring(5)
                : "";
        String expected = line.expected().get(line.expected().size() - 1);
        try {
            if (expected.equals("fails")) {
                SQLException own = assertThrows(SQLException.class, () -> run("copy", line.text(), parameters));
                connection.rollback();
                SQLException rewritten = assertThrows(SQLException.class, () -> run("app", mirrored.sql(), parameters));
                assertEquals(own.getSQLState(), rewritten.getSQLState());
                return;
            }
            Outcome rewritten =
                    run("app", mirrored.sql(), parameters).as(mirrored.reply().shape());
            if (!expected.startsWith("only rewritten ")) {
                Outcome own = run("copy", line.text(), parameters);
                assertEquals(own, rewritten);
                assertEquals(
                        query("SELECT * FROM copy.accounts ORDER BY id"),
                        query("SELECT * FROM app.accounts ORDER BY id"));
            }
            assertEquals(
                    expected.replace("only rewritten ", ""), mirrored.reply().shape() + " " + rewritten.count());
            idleSideIsEqual();
            assertEquals(List.of(), query("SELECT * FROM cutover.dirty_key"));
        } finally {
            connection.rollback();
        }
    }

    @Test
    void aDeleteMarksTheKeysWhoseIdleRowItDidNotSee() throws SQLException {
        query("WITH x AS (DELETE FROM idle.members WHERE usr = 'bob' RETURNING 1) SELECT * FROM x");
        Mirrored mirrored = assertInstanceOf(
                Mirrored.class,
                PLANNER.plan("DELETE FROM members WHERE org = 1").rewrite());

        Outcome outcome = run("app", mirrored.sql(), "").as(Shape.COUNT_ROW);

        assertEquals(2, outcome.count());
        assertEquals(List.of("acme|BLUE|members|[1, \"bob\"]"), query("SELECT * FROM cutover.dirty_key"));
        connection.rollback();
    }

    private static void idleSideIsEqual() throws SQLException {
        for (Map.Entry<String, String> table : Fixture.IDLE_AS_IT_SHOULD_BE.entrySet()) {
            assertEquals(
                    query(String.format(table.getValue(), "app")),
                    query("SELECT * FROM idle.\"" + table.getKey() + "\" ORDER BY 1, 2"));
        }
    }

    private static Outcome run(String schema, String sql, String parameters) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute("SET LOCAL search_path TO " + schema);
            boolean rows;
            if (parameters.isEmpty()) {
                rows = statement.execute(sql);
            } else {
                statement.execute("PREPARE s AS " + sql);
                rows = statement.execute("EXECUTE s " + parameters);
            }
            Outcome outcome = rows ? Outcome.of(statement.getResultSet()) : Outcome.of(statement.getUpdateCount());
            if (!parameters.isEmpty()) {
                statement.execute("DEALLOCATE s");
            }
            return outcome;
        }
    }

    private static List<String> query(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return Outcome.of(statement.executeQuery(sql)).rows();
        }
    }

    /** What a client sees: the row count, and for RETURNING the columns and the rows. */
    private record Outcome(long count, String columns, List<String> rows) {
        static Outcome of(long count) {
            return new Outcome(count, "", List.of());
        }

        static Outcome of(ResultSet result) throws SQLException {
            ResultSetMetaData meta = result.getMetaData();
            StringBuilder columns = new StringBuilder();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                columns.append(meta.getColumnLabel(i))
                        .append(' ')
                        .append(meta.getColumnTypeName(i))
                        .append(' ');
                columns.append(meta.getPrecision(i))
                        .append(' ')
                        .append(meta.getScale(i))
                        .append('|');
            }
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                StringBuilder row = new StringBuilder();
                for (int i = 1; i <= meta.getColumnCount(); i++) {
                    row.append(i == 1 ? "" : "|").append(result.getString(i));
                }
                rows.add(row.toString());
            }
            return new Outcome(rows.size(), columns.toString(), rows);
        }

        Outcome as(Shape shape) {
            return shape == Shape.COUNT_ROW ? of(Long.parseLong(rows.get(0))) : this;
        }
    }
}
