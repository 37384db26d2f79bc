// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.analyze.Script;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Takes the scripted writes, drops, repeats, swaps and borrows pieces of them at random, and asks of each that is
 * mirrored: does PostgreSQL do the same with it as with the client's own text?
 */
@ExtendWith(PostgresExtension.class)
class MutatedWritesIT {
    private static final int MUTANTS = Integer.getInteger("cutover.mutants", 4000);
    private static final Pattern PIECE =
            Pattern.compile("\\s+|--[^\\n]*|\\$\\$.*?\\$\\$|E?'(?:[^']|'')*'|\"[^\"]*\"|[\\w$]+|::|[^\\w\\s]");

    private final StatementPlanner planner = Planners.mirroring(Fixture.PLAN);
    private final long seed = Long.getLong("cutover.seed", 20261123);
    private final Random random = new Random(seed);

    @Test
    void aMirroredMutantDoesWhatTheClientWrote(TestDatabase database) throws Exception {
        database.execute(
                new String(getClass().getResourceAsStream("fixture.sql").readAllBytes(), StandardCharsets.UTF_8)
                        + String.join(";", Fixture.markViews()));
        List<List<String>> seeds = Script.read(getClass(), "executed.txt")
                .map(Script.Case::text)
                .filter(text -> !text.contains("$1") && !text.contains("app."))
                .map(MutatedWritesIT::pieces)
                .toList();
        int mirrored = 0;
        int succeeded = 0;
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < MUTANTS; i++) {
                String sql = mutant(seeds);
                boolean misreadByDriver = sql.contains("/*/");
                boolean tellsTransactions = sql.contains("xmax") && !sql.contains("xmax = 0");
                if (!misreadByDriver && !tellsTransactions && planner.plan(sql).rewrite() instanceof Mirrored rewrite) {
                    mirrored++;
                    succeeded += compare(connection, sql, rewrite) ? 1 : 0;
                    connection.rollback();
                }
            }
        }
        assertTrue(succeeded > MUTANTS / 20, mirrored + " mirrored, " + succeeded + " succeeded");
    }

    /** Whether the statement succeeded, on both. */
    private boolean compare(Connection connection, String sql, Mirrored rewrite) throws SQLException {
        Object own = attempt(connection, "copy", sql);
        Object rewritten = attempt(connection, "app", rewrite.sql());
        if (rewritten instanceof Outcome outcome) {
            rewritten = outcome.as(rewrite.reply().shape());
        }
        String context = "seed " + seed + ": " + sql + "\n" + rewrite.sql();
        if (own instanceof Outcome && rewritten instanceof String state && state.startsWith("22")) {
            return false; // The mapping's own arithmetic can overflow where the client's does not.
        }
        if (own instanceof String before && rewritten instanceof String now && before.startsWith("42")) {
            assertTrue(now.startsWith("42"), context + "\n" + own + "\n" + now);
            return false; // A syntax error may come to light as another one.
        }
        assertEquals(sqlState(own), sqlState(rewritten), context + "\n" + own + "\n" + rewritten);
        for (Map.Entry<String, String> table : Fixture.IDLE_AS_IT_SHOULD_BE.entrySet()) {
            assertEquals(
                    attempt(connection, "app", String.format(table.getValue(), "app"))
                            .toString()
                            .replaceAll("columns=[^,]*,", ""),
                    attempt(connection, "app", "SELECT * FROM idle.\"" + table.getKey() + "\" ORDER BY 1, 2")
                            .toString()
                            .replaceAll("columns=[^,]*,", ""),
                    context);
        }
        return own instanceof Outcome;
    }

    private static Object sqlState(Object outcome) {
        return outcome instanceof String error ? error.substring(0, 5) : outcome;
    }

    /** The outcome, or the SQLSTATE and message of the error. */
    private static Object attempt(Connection connection, String schema, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SAVEPOINT s");
            try {
                return Outcome.run(connection, schema, sql, "");
            } catch (SQLException e) {
                statement.execute("ROLLBACK TO s");
                return e.getSQLState() + " " + e.getMessage();
            }
        }
    }

    private String mutant(List<List<String>> seeds) {
        List<String> pieces = new ArrayList<>(seeds.get(random.nextInt(seeds.size())));
        for (int change = random.nextInt(3); change >= 0; change--) {
            int at = random.nextInt(pieces.size());
            List<String> other = seeds.get(random.nextInt(seeds.size()));
            switch (random.nextInt(5)) {
                case 0 -> pieces.remove(at);
                case 1 -> pieces.add(at, pieces.get(random.nextInt(pieces.size())));
                case 2 -> pieces.set(at, other.get(random.nextInt(other.size())));
                case 3 -> {
                    int from = random.nextInt(other.size());
                    pieces.addAll(at, other.subList(from, Math.min(other.size(), from + random.nextInt(12))));
                }
                default -> {
                    List<String> cut = pieces.subList(at, Math.min(pieces.size(), at + random.nextInt(8)));
                    if (cut.size() < pieces.size()) {
                        cut.clear();
                    }
                }
            }
            if (pieces.isEmpty()) {
                pieces.add("UPDATE");
            }
        }
        return String.join("", pieces);
    }

    private static List<String> pieces(String sql) {
        List<String> pieces = new ArrayList<>();
        Matcher matcher = PIECE.matcher(sql);
        while (matcher.find()) {
            pieces.add(matcher.group());
        }
        return pieces;
    }
}
