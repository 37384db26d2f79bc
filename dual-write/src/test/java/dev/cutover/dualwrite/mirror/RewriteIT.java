// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.dualwrite.analyze.Script;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
    private static final StatementPlanner DEFERRED = Planners.mirroring(Fixture.DEFERRED);
    private static Connection connection;

    @BeforeAll
    static void makeTables(TestDatabase database) throws Exception {
        database.execute(
                new String(RewriteIT.class.getResourceAsStream("fixture.sql").readAllBytes(), StandardCharsets.UTF_8)
                        + String.join(";", Fixture.markViews()));
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
        try {
            Outcome rewritten = runBeside(line, mirrored);
            if (rewritten != null) {
                String expected =
                        line.expected().get(line.expected().size() - 1).replace("only rewritten ", "");
                assertEquals(expected, mirrored.reply().shape() + " " + rewritten.count());
                idleSideIsEqual();
                assertEquals(List.of(), query("SELECT * FROM cutover.dirty_key"));
            }
        } finally {
            connection.rollback();
        }
    }

    @ParameterizedTest
    @MethodSource("script")
    void isToTheClientWhatItsOwnStatementIsWhenMirroringIsDeferred(Script.Case line) throws SQLException {
        Mirrored mirrored =
                assertInstanceOf(Mirrored.class, DEFERRED.plan(line.text()).rewrite());
        try {
            Outcome rewritten = runBeside(line, mirrored);
            if (rewritten != null) {
                assertEquals(
                        rewritten.count(),
                        query("SELECT DISTINCT tenant, side, tbl, key FROM cutover.dirty_key")
                                .size(),
                        "a mark for each row");
            }
        } finally {
            connection.rollback();
        }
    }

    /** Runs the rewritten statement, and the client's own on the copy; null if both fail the same way. */
    private static @Nullable Outcome runBeside(Script.Case line, Mirrored mirrored) throws SQLException {
        String parameters = line.expected().get(0).startsWith("with ")
                ? line.expected().get(0).substring(5)
                : "";
        String expected = line.expected().get(line.expected().size() - 1);
        if (expected.equals("fails")) {
            SQLException own =
                    assertThrows(SQLException.class, () -> Outcome.run(connection, "copy", line.text(), parameters));
            connection.rollback();
            SQLException rewritten =
                    assertThrows(SQLException.class, () -> Outcome.run(connection, "app", mirrored.sql(), parameters));
            assertEquals(own.getSQLState(), rewritten.getSQLState());
            return null;
        }
        Outcome rewritten = Outcome.run(connection, "app", mirrored.sql(), parameters)
                .as(mirrored.reply().shape());
        if (!expected.startsWith("only rewritten ")) {
            Outcome own = Outcome.run(connection, "copy", line.text(), parameters);
            assertEquals(own, rewritten);
            assertEquals(
                    query("SELECT * FROM copy.accounts ORDER BY id"), query("SELECT * FROM app.accounts ORDER BY id"));
        }
        return rewritten;
    }

    @Test
    void aDeleteMarksTheKeysWhoseIdleRowItDidNotSee() throws SQLException {
        query("WITH x AS (DELETE FROM idle.members WHERE usr = 'bob' RETURNING 1) SELECT * FROM x");
        Mirrored mirrored = assertInstanceOf(
                Mirrored.class,
                PLANNER.plan("DELETE FROM members WHERE org = 1").rewrite());

        Outcome outcome = Outcome.run(connection, "app", mirrored.sql(), "").as(Shape.COUNT_ROW);

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

    private static List<String> query(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return Outcome.of(statement.executeQuery(sql)).rows();
        }
    }
}
