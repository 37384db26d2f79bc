// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.report;

import dev.cutover.config.adminapi.Explanation;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says what the proxy makes of a statement. */
public final class Explainer {
    private Explainer() {}

    /** The text as a client would send it. */
    public static Explanation explain(Tenant tenant, String sql) throws SQLException {
        ActiveMirror mirroring = tenant.mirroring();
        return explain(planner(tenant, mirroring), mirroring, sql);
    }

    /** Each statement of a script as if a client sent it alone. */
    public static List<Explanation> explainEach(Tenant tenant, String script) throws SQLException {
        ActiveMirror mirroring = tenant.mirroring();
        StatementPlanner planner = planner(tenant, mirroring);
        List<Explanation> explanations = new ArrayList<>();
        for (Statement statement : Planners.unmirrored().plan(script).text().statements()) {
            explanations.add(explain(planner, mirroring, script.substring(statement.start(), statement.end())));
        }
        return explanations;
    }

    private static Explanation explain(StatementPlanner planner, @Nullable ActiveMirror mirroring, String sql) {
        StatementPlan plan = planner.plan(sql);
        Rewrite rewrite = plan.rewrite();
        return new Explanation(
                sql,
                mirroring != null,
                plan.text().statements().stream().map(Explainer::describe).toList(),
                outcome(rewrite),
                reason(rewrite),
                sent(plan));
    }

    /** What the server gets in place of the text; null if it gets the text. */
    private static @Nullable String sent(StatementPlan plan) {
        if (plan.rewrite() instanceof Rewrite.Mirrored mirrored) {
            return MirrorToken.hidden(mirrored.sql());
        }
        return plan.translation() == null ? null : plan.translation().sql();
    }

    /** The planner in use; else the one that would be, where both schemas are there to draw it from. */
    private static StatementPlanner planner(Tenant tenant, @Nullable ActiveMirror mirroring) throws SQLException {
        return tenant.translating(untranslated(tenant, mirroring), tenant.row().serving());
    }

    private static StatementPlanner untranslated(Tenant tenant, @Nullable ActiveMirror mirroring) throws SQLException {
        if (mirroring != null) {
            return mirroring.planner();
        }
        try {
            return Planners.mirroring(MirrorPlans.orRefuse(
                    MirrorPlans.preview(tenant.movement(), tenant.row().serving())));
        } catch (RefusedException e) {
            return Planners.unmirrored();
        }
    }

    private static String describe(Statement statement) {
        Intent intent = statement.intent();
        String kind = intent.getClass().getSimpleName();
        String detail = intent instanceof Intent.Write write
                ? " " + write.statement().kind() + " " + write.statement().table()
                : intent instanceof Intent.Opaque opaque
                        ? " (" + opaque.reason() + ")"
                        : intent instanceof Intent.Ddl ddl ? " " + ddl.command() : inside(intent);
        String effects = statement.kept().isEmpty() ? "" : " leaves " + statement.kept();
        return kind + detail + effects;
    }

    private static String inside(Intent intent) {
        return intent instanceof Intent.Prepare prepare && !prepare.inside().isEmpty()
                ? " (" + prepare.inside() + ")"
                : "";
    }

    private static String outcome(Rewrite rewrite) {
        if (rewrite instanceof Rewrite.Mirrored) {
            return "mirrored";
        }
        return rewrite instanceof Rewrite.Refused ? "refused" : "unchanged";
    }

    private static String reason(Rewrite rewrite) {
        if (rewrite instanceof Rewrite.Unchanged unchanged) {
            return unchanged.reason();
        }
        return rewrite instanceof Rewrite.Refused refused ? refused.message() : "";
    }
}
