// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.schema.MaterializedViews;
import dev.cutover.dualwrite.schema.MaterializedViews.View;
import dev.cutover.dualwrite.schema.Sequences;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.verb.FlipStep.CarryMarks;
import dev.cutover.proxy.control.verb.FlipStep.EndTransactions;
import dev.cutover.proxy.control.verb.FlipStep.MoveConstraints;
import dev.cutover.proxy.control.verb.FlipStep.RaiseFence;
import dev.cutover.proxy.control.verb.FlipStep.RefreshViews;
import dev.cutover.proxy.control.verb.FlipStep.RehearseRollback;
import dev.cutover.proxy.control.verb.FlipStep.Serve;
import dev.cutover.proxy.control.verb.FlipStep.SetSequences;
import dev.cutover.proxy.control.verb.FlipStep.ValidateForeignKeys;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a flip or rollback will do. To draw it changes nothing: not a sequence, not a mark, not a row.
 *
 * @param back the plan of the way back, by which the side that serves now will be mirrored to
 * @param findings what the guardrails found and the operator has overridden
 */
record FlipPlan(MirrorPlan back, List<Finding> findings, List<FlipStep> steps) {
    /**
     * Draws the plan. For a dry run, without the guardrails that may change something.
     *
     * @param rollback only with the guardrails that also block a rollback
     * @throws RefusedException naming the guardrails that block it and are not overridden
     */
    static FlipPlan of(
            Tenant tenant,
            ActiveMirror mirroring,
            VerbRequest.Switch request,
            boolean rollback,
            Set<GuardrailName> forced)
            throws RefusedException, SQLException, InterruptedException {
        Preflight preflight = Preflight.of(tenant, mirroring, rollback, request.dryRun());
        List<Finding> findings = preflight.obey(rollback ? "rollback" : "flip", forced);
        return new FlipPlan(preflight.situation().drawn().back(), findings, steps(tenant, mirroring, rollback, forced));
    }

    /** The steps, a line each. */
    List<String> lines() {
        return steps.stream().map(FlipStep::line).toList();
    }

    private static List<FlipStep> steps(
            Tenant tenant, ActiveMirror mirroring, boolean rollback, Set<GuardrailName> forced) throws SQLException {
        Side serving = mirroring.plan().serving();
        List<FlipStep> steps = new ArrayList<>();
        if (!rollback) {
            steps.add(new RehearseRollback());
        }
        try (Connection from = mirroring.placement().serving().getConnection();
                Connection to = mirroring.placement().idle().getConnection()) {
            List<String> behind = Sequences.of(
                            from, to, mirroring.plan(), mirroring.placement() instanceof Placement.OneDatabase)
                    .behind(from, to);
            if (!behind.isEmpty()) {
                steps.add(new SetSequences(behind));
            }
            List<View> views = forced.contains(GuardrailName.MATERIALIZED_VIEWS_FILLED)
                    ? List.of()
                    : MaterializedViews.toRefresh(from, to, mirroring.plan());
            if (!views.isEmpty()) {
                steps.add(new RefreshViews(views.stream().map(View::name).toList()));
            }
            steps.add(new CarryMarks(new Marks(mirroring.plan()).count(from).pending()));
        }
        steps.add(new EndTransactions(
                tenant.routing().activeTransactions().size(), tenant.config().drainTimeout()));
        steps.add(new RaiseFence(serving));
        steps.add(new MoveConstraints(serving, serving.other()));
        steps.add(new Serve(serving.other(), tenant.row().epoch() + 1));
        steps.add(new ValidateForeignKeys(serving.other()));
        return List.copyOf(steps);
    }
}
