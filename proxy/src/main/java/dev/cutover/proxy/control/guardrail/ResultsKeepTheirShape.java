// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.schema.difference.ResultColumns;
import dev.cutover.dualwrite.schema.difference.ResultColumns.Column;
import dev.cutover.proxy.route.DescribedStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names the statements that live sessions hold prepared and whose rows have other columns on the idle side: after the flip
 * their next execution gets 0A000. They are described on both sides, not executed.
 */
final class ResultsKeepTheirShape implements Guardrail {
    /** How many different statements are looked at. */
    private static final int MOST = 1_000;

    /** A statement that is longer than any that people write is not shown whole. */
    private static final int SHOWN_LENGTH = 4_000;

    @Override
    public GuardrailName name() {
        return GuardrailName.RESULTS_KEEP_THEIR_SHAPE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        Map<DescribedStatement, Integer> statements = collect(now);
        List<Finding> findings = new ArrayList<>(silent(now, "which statements its clients hold prepared"));
        if (statements.isEmpty()) {
            return findings;
        }
        Side serving = now.plan().serving();
        try (Connection other = now.placement().idle().getConnection();
                ResultColumns before =
                        new ResultColumns(connection, now.searchPath().apply(serving));
                ResultColumns after = new ResultColumns(other, now.searchPath().apply(serving.other()))) {
            for (Map.Entry<DescribedStatement, Integer> each : statements.entrySet()) {
                Finding finding = compare(each.getKey(), each.getValue(), before, after);
                if (finding != null) {
                    findings.add(finding);
                }
            }
        }
        return findings;
    }

    /** The statements, and how many sessions have each. */
    private static Map<DescribedStatement, Integer> collect(GuardrailContext now) {
        Map<DescribedStatement, Integer> statements = new LinkedHashMap<>();
        for (ClientSurvey survey : now.surveys()) {
            for (ClientSurvey.Prepared each : survey.prepared()) {
                if (statements.size() < MOST || statements.containsKey(each.statement())) {
                    statements.merge(each.statement(), each.sessions(), Integer::sum);
                }
            }
        }
        return statements;
    }

    private @Nullable Finding compare(
            DescribedStatement statement, int sessions, ResultColumns before, ResultColumns after) {
        String who = sessions + (sessions == 1 ? " session has" : " sessions have") + " prepared \""
                + shortened(statement.text()) + "\", ";
        List<Column> now;
        try {
            now = before.of(statement.text(), statement.parameterTypes());
        } catch (SQLException e) {
            // It runs under settings of its session's own, or not at all any more: nothing is known of it.
            return null;
        }
        try {
            String difference = difference(now, after.of(statement.text(), statement.parameterTypes()));
            return difference == null
                    ? null
                    : blocking(
                            who + "whose result changes: " + difference,
                            "let clients prepare it again after the flip, and flip with --force. Many drivers do so without being asked,"
                                    + " but not within a transaction: pgjdbc does so there only with autosave=conservative, or at its"
                                    + " first statement with changed-results: restart of this tenant");
        } catch (SQLException e) {
            return note(
                    who + "which the idle side refuses: " + OneLine.of(e),
                    "add what it names to the idle side, or deploy the application version that does not send it");
        }
    }

    private static String shortened(String sql) {
        String line = sql.strip().replaceAll("\\s+", " ");
        return line.length() > SHOWN_LENGTH ? line.substring(0, SHOWN_LENGTH) + "..." : line;
    }

    private static @Nullable String difference(List<Column> now, List<Column> then) {
        for (int i = 0; i < Math.min(now.size(), then.size()); i++) {
            if (!now.get(i).equals(then.get(i))) {
                return "column " + (i + 1) + " is " + now.get(i) + " and becomes " + then.get(i);
            }
        }
        if (now.size() == then.size()) {
            return null;
        }
        return now.size() > then.size()
                ? "it loses column " + now.get(then.size())
                : "it gets a new column " + then.get(now.size());
    }
}
