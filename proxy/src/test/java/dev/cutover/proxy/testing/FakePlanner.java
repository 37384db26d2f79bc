// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Isolation;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.dualwrite.analyze.statement.Intent.Transaction.Verb;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.StatementKind;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Plans the few statements that the wire tests send, by their first words. Rewrites are given by the test. */
public final class FakePlanner implements StatementPlanner {
    private static final Pattern SET =
            Pattern.compile("set\\s+(?:session\\s+)?([a-z_.]+)\\s*(?:=|to)\\s*(.+)", Pattern.CASE_INSENSITIVE);

    private final Map<String, Rewrite> rewrites = new ConcurrentHashMap<>();

    /** From now on this text gets this rewrite. */
    public FakePlanner rewrite(String sql, Rewrite rewrite) {
        rewrites.put(sql, rewrite);
        return this;
    }

    @Override
    public StatementPlan plan(String sql) {
        List<Statement> statements = new ArrayList<>();
        int start = 0;
        for (String each : sql.split(";", -1)) {
            if (!each.isBlank()) {
                statements.add(statement(start, start + each.length(), each.trim()));
            }
            start += each.length() + 1;
        }
        return new StatementPlan(
                new AnalyzedText(statements),
                rewrites.getOrDefault(sql, Rewrite.Unchanged.NOTHING_TO_MIRROR),
                StatementKind.OTHER);
    }

    private static Statement statement(int start, int end, String sql) {
        return new Statement(
                start, end, intent(sql.toLowerCase(Locale.ROOT), sql), effects(sql.toLowerCase(Locale.ROOT)));
    }

    private static Intent intent(String lower, String sql) {
        Isolation isolation = lower.contains("serializable")
                ? Isolation.SERIALIZABLE
                : lower.contains("repeatable read") ? Isolation.REPEATABLE_READ : null;
        if (lower.startsWith("begin") || lower.startsWith("start transaction")) {
            return new Intent.Transaction(Verb.BEGIN, isolation);
        }
        if (lower.startsWith("commit") || lower.startsWith("end")) {
            return new Intent.Transaction(Verb.COMMIT, null);
        }
        if (lower.startsWith("rollback to")) {
            return new Intent.Transaction(Verb.ROLLBACK_TO, null);
        }
        if (lower.startsWith("rollback")) {
            return new Intent.Transaction(Verb.ROLLBACK, null);
        }
        if (lower.startsWith("savepoint")) {
            return new Intent.Transaction(Verb.SAVEPOINT, null);
        }
        if (lower.startsWith("set transaction")) {
            return new Intent.Transaction(Verb.SET, isolation);
        }
        if (lower.equals("reset all")) {
            return new Intent.Setting(new Change.ResetAll());
        }
        if (lower.startsWith("reset ")) {
            return new Intent.Setting(new Change.Reset(lower.substring(6).trim()));
        }
        if (lower.equals("discard all")) {
            return new Intent.Setting(new Change.DiscardAll());
        }
        Matcher set = SET.matcher(sql);
        if (set.matches() && !lower.startsWith("set local")) {
            return new Intent.Setting(new Change.Assign(
                    set.group(1).toLowerCase(Locale.ROOT), set.group(2).trim()));
        }
        return new Intent.Read();
    }

    private static Set<SessionEffect> effects(String lower) {
        Set<SessionEffect> effects = EnumSet.noneOf(SessionEffect.class);
        if (lower.startsWith("listen")) {
            effects.add(SessionEffect.LISTEN);
        }
        if (lower.equals("unlisten *") || lower.contains("pg_advisory_unlock_all")) {
            effects.add(SessionEffect.MAY_END);
        }
        if (lower.startsWith("create temp")) {
            effects.add(SessionEffect.TEMPORARY_OBJECT);
        }
        if (lower.contains("pg_advisory_lock(")) {
            effects.add(SessionEffect.ADVISORY_LOCK);
        }
        if (lower.startsWith("deallocate all")) {
            effects.add(SessionEffect.SQL_DEALLOCATE_ALL);
        }
        return effects;
    }
}
