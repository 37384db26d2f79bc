// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.script;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.dualwrite.analyze.statement.Intent.Transaction.Verb;
import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.mirror.Fallback;
import dev.cutover.dualwrite.mirror.IdleWrite;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Piece;
import dev.cutover.dualwrite.mirror.Rewrite.Reply;
import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import dev.cutover.proxy.testing.FakePlanner;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The {@link FakePlanner} with the rewrites of a script, and with what only scripts use: PREPARE, DEALLOCATE, DDL, SET LOCAL, DO, CALL, SHOW
 * and the names of savepoints.
 */
final class ScriptPlanner implements StatementPlanner {
    private final FakePlanner fake = new FakePlanner();
    private final Map<String, Mirrored> marking = new ConcurrentHashMap<>();
    private final Fallback fallback = new Fallback();

    /** {@code shape client's text => sent text}: a statement that writes both sides. */
    void mirrors(String step) {
        String[] texts = step.split("\\s+", 2)[1].split(" => ");
        fake.rewrite(
                texts[0], mirrored(step.split("\\s+", 2)[0], texts, new IdleWrite(table(texts[0]), "blue", "green")));
    }

    /** {@code shape client's text => sent text}: what the statement becomes where it only marks. */
    void marks(String step) {
        String[] texts = step.split("\\s+", 2)[1].split(" => ");
        marking.put(texts[0], mirrored(step.split("\\s+", 2)[0], texts, null));
    }

    /** {@code sqlstate client's text => message}: a statement that is not let through. */
    void refuses(String step) {
        String[] texts = step.split("\\s+", 2)[1].split(" => ");
        fake.rewrite(texts[0], new Rewrite.Refused(step.split("\\s+", 2)[0], texts[1], "None."));
    }

    /** The tables that only mark now. */
    Set<String> fallenBack() {
        return fallback.marking();
    }

    private static Mirrored mirrored(String shape, String[] texts, @Nullable IdleWrite idle) {
        int at = Math.max(0, texts[1].indexOf(texts[0]));
        return new Mirrored(
                texts[1],
                new Reply(
                        WriteStatement.Kind.valueOf(texts[0].split(" ")[0].toUpperCase(Locale.ROOT)),
                        Shape.valueOf(shape.toUpperCase(Locale.ROOT))),
                List.of(new Piece(at, 0, texts[0].length())),
                idle);
    }

    /** The third word, or of UPDATE the second. */
    private static String table(String sql) {
        String[] words = sql.split(" ");
        return words[0].equalsIgnoreCase("update") ? words[1] : words[2];
    }

    @Override
    public StatementPlan plan(String sql) {
        StatementPlan plan = fake.plan(sql);
        List<Statement> statements = plan.text().statements().stream()
                .map(each ->
                        refined(each, sql.substring(each.start(), each.end()).strip()))
                .toList();
        return new StatementPlan(new AnalyzedText(statements), plan.rewrite(), plan.kind());
    }

    private static Statement refined(Statement statement, String sql) {
        String[] words = sql.split("\\s+");
        Intent intent =
                switch (words[0].toLowerCase(Locale.ROOT)) {
                    case "prepare" -> new Intent.Prepare(words[1], sql, "");
                    case "deallocate" -> new Intent.Deallocate(words[1].equalsIgnoreCase("all") ? null : words[1]);
                    case "savepoint" -> new Intent.Transaction(Verb.SAVEPOINT, null, words[1]);
                    case "release" -> new Intent.Transaction(Verb.RELEASE, null, words[words.length - 1]);
                    case "alter" -> new Intent.Ddl(words[0] + " " + words[1], List.of(words[2]));
                    case "rollback" ->
                        words.length > 1 && words[1].equalsIgnoreCase("to")
                                ? new Intent.Transaction(Verb.ROLLBACK_TO, null, words[words.length - 1])
                                : statement.intent();
                    case "set" ->
                        words[1].equalsIgnoreCase("local")
                                ? new Intent.Setting(new Change.Local(words[2]))
                                : statement.intent();
                    case "do", "call" -> new Intent.Opaque(words[0]);
                    case "show" ->
                        words[1].replace("\"", "").startsWith("cutover.")
                                ? new Intent.Show(words[1].replace("\"", ""))
                                : statement.intent();
                    default -> statement.intent();
                };
        Set<SessionEffect> effects =
                switch (words[0].toLowerCase(Locale.ROOT)) {
                    case "do" -> Set.of(SessionEffect.UNKNOWN);
                    case "call" -> Set.of(SessionEffect.USER_CODE);
                    case "deallocate", "discard" ->
                        words[1].equalsIgnoreCase("all")
                                ? Set.of(SessionEffect.SQL_DEALLOCATE_ALL, SessionEffect.MAY_END)
                                : Set.of(SessionEffect.MAY_END);
                    case "unlisten", "drop" -> Set.of(SessionEffect.MAY_END);
                    default ->
                        sql.contains("pg_advisory_unlock(") ? Set.of(SessionEffect.MAY_END) : statement.effects();
                };
        return new Statement(statement.start(), statement.end(), intent, effects);
    }

    @Override
    public Fallback fallback() {
        return fallback;
    }

    @Override
    public @Nullable Mirrored marking(String sql) {
        return marking.get(sql);
    }
}
