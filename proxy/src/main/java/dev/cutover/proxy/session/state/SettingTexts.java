// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.reply.EditedText;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.wire.ShowReply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is sent in place of a client's statements on settings, of a SHOW that the server cannot answer, and of a DEALLOCATE among others. A backend's defaults are not the session's: RESET has to go
 * back to what the startup message and the route say. And a {@code search_path} that names the idle side means the serving
 * one.
 */
public final class SettingTexts {
    private static final String RESET = "RESET";

    private SettingTexts() {}

    /**
     * The text to send in place of one that may hold several statements; null if it can go as it is.
     *
     * @param virtual whether a backend has the prepared statement of this name by another name
     */
    public static @Nullable EditedText edited(
            Route route, StatementPlan plan, String sql, SessionSettings settings, Predicate<String> virtual) {
        EditedText edited = new EditedText(sql);
        // Nearly no text has one, and BEGIN and COMMIT come here too.
        Set<String> gone = Deallocation.any(plan.text().statements()) ? new HashSet<>() : Set.of();
        boolean allGone = false;
        for (Statement statement : plan.text().statements()) {
            if (statement.intent() instanceof Intent.Deallocate deallocate
                    && deallocate.name() != null
                    && !allGone
                    && gone.add(deallocate.name())
                    && virtual.test(deallocate.name())) {
                String tag = Deallocation.tag(deallocate);
                edited.replace(statement.start(), statement.end(), Deallocation.DOES_NOTHING, tag, List.of());
                continue;
            }
            allGone |= statement.effects().contains(SessionEffect.SQL_DEALLOCATE_ALL);
            String replacement = replacement(route, statement, settings);
            List<String> added = added(route, statement, settings);
            if (replacement == null && added.isEmpty()) {
                edited.keep();
            } else {
                int start = statement.start();
                int end = statement.end();
                String text = replacement == null ? sql.substring(start, end) : replacement;
                edited.replace(start, end, text, replacement == null ? null : tag(sql, statement), added);
            }
        }
        return edited.changed() ? edited : null;
    }

    /** The text to send in place of one that is a single statement; null if it can go as it is. */
    public static @Nullable String single(Route route, StatementPlan plan, SessionSettings settings) {
        List<Statement> statements = plan.text().statements();
        return statements.size() == 1 ? replacement(route, statements.get(0), settings) : null;
    }

    /** The command tag of a text that {@link #single} may turn into another command; null if it keeps its own. */
    public static @Nullable String tag(StatementPlan plan, String sql) {
        List<Statement> statements = plan.text().statements();
        if (Deallocation.single(plan)) {
            return Deallocation.tag(statements.get(0).intent());
        }
        if (ToldParameters.single(plan) != null) {
            return ShowReply.TAG;
        }
        boolean reset = statements.size() == 1
                && statements.get(0).intent() instanceof Setting setting
                && setting.change() instanceof Change.Reset;
        return reset ? tag(sql, statements.get(0)) : null;
    }

    /** The statements that must follow one, each of them alone in its Parse. */
    public static List<String> added(Route route, StatementPlan plan, SessionSettings settings) {
        List<Statement> statements = plan.text().statements();
        return statements.size() == 1 ? added(route, statements.get(0), settings) : List.of();
    }

    private static String tag(String sql, Statement statement) {
        if (statement.intent() instanceof Intent.Show) {
            return ShowReply.TAG;
        }
        // Not SET ... TO DEFAULT.
        return sql.regionMatches(true, statement.start(), RESET, 0, RESET.length()) ? RESET : "SET";
    }

    private static @Nullable String replacement(Route route, Statement statement, SessionSettings settings) {
        if (statement.intent() instanceof Intent.Show show) {
            return ToldParameters.query(route, show);
        }
        if (!(statement.intent() instanceof Setting setting)) {
            return null;
        }
        if (setting.change() instanceof Change.Reset reset && !reset.name().equals(SessionSettings.SEARCH_PATH)) {
            String begun = settings.startup().get(reset.name());
            return begun == null ? null : settings.startup().statement(reset.name());
        }
        Change change = setting.change() instanceof Change.Assign assign
                ? new Change.Assign(assign.name(), settings.meaning(assign.value()))
                : setting.change();
        return SearchPath.translated(route, change, settings.startupSearchPath());
    }

    private static List<String> added(Route route, Statement statement, SessionSettings settings) {
        if (!(statement.intent() instanceof Setting setting) || !(setting.change() instanceof Change.ResetAll)) {
            return List.of();
        }
        List<String> added = new ArrayList<>(settings.startup().statements());
        String path = SearchPath.effective(route, settings.startupSearchPath());
        if (!path.isEmpty()) {
            added.add("SET search_path TO " + path);
        }
        return added;
    }
}
