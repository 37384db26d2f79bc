// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Refused;
import dev.cutover.dualwrite.mirror.Rewrite.Unchanged;
import org.jspecify.annotations.Nullable;

/**
 * All that the session must know of a query text: what it is, and what to send in its place.
 *
 * @param kind what the meters count it as
 * @param executions counts what is sent by this plan; null for what is not worth counting
 * @param generation the planner's when the plan was made; null if the plan holds during the planner's life
 * @param translation what the client's text means on the serving side, where it names another side's schema; then it is what
 *     {@code text} describes; else null
 */
public record StatementPlan(
        AnalyzedText text,
        Rewrite rewrite,
        StatementKind kind,
        @Nullable Executions executions,
        @Nullable Object generation,
        @Nullable Translation translation) {

    /** A plan that holds during its planner's life. */
    public StatementPlan(AnalyzedText text, Rewrite rewrite, StatementKind kind) {
        this(text, rewrite, kind, null, null, null);
    }

    /** What is sent where nothing is mirrored: the client's text, or what it means on the serving side. */
    public String sent(String clientText) {
        return translation == null ? clientText : translation.sql();
    }

    /**
     * The text is being sent.
     *
     * @param asPlanned false if it could be mirrored, but not in the transaction that it is sent in
     */
    public void sending(boolean asPlanned) {
        if (executions != null && asPlanned) {
            executions.asPlanned();
        } else if (executions != null) {
            executions.leftToNet();
        }
    }

    /** For people: each statement's intent, and what is sent for the text. One fact a line. */
    public String explain() {
        StringBuilder lines = new StringBuilder();
        for (AnalyzedText.Statement statement : text.statements()) {
            lines.append("intent: ").append(statement.intent()).append('\n');
            if (!statement.kept().isEmpty()) {
                lines.append("session keeps: ").append(statement.kept()).append('\n');
            }
        }
        if (translation != null) {
            lines.append("names another side, means: ")
                    .append(translation.sql())
                    .append('\n');
        }
        return lines.append(explain(rewrite)).toString();
    }

    private static String explain(Rewrite rewrite) {
        if (rewrite instanceof Mirrored mirrored) {
            return "mirrored, reply " + mirrored.reply().shape() + ": " + mirrored.sql();
        } else if (rewrite instanceof Refused refused) {
            return "refused, " + refused.sqlState() + ": " + refused.message();
        }
        String reason = ((Unchanged) rewrite).reason();
        return reason.isEmpty() ? "unchanged" : "unchanged, left to the net: " + reason;
    }
}
