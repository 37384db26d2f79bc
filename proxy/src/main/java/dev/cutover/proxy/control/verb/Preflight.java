// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.proxy.control.guardrail.ForcedGuardrails;
import dev.cutover.proxy.control.guardrail.GuardrailContext;
import dev.cutover.proxy.control.guardrail.GuardrailContext.ProxyClients;
import dev.cutover.proxy.control.guardrail.Guardrails;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.ClientSurveys;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What blocks a flip, looked at before anything is done for it.
 *
 * @param situation what was looked at
 */
public record Preflight(GuardrailContext situation, List<Finding> findings) {
    /**
     * Runs the guardrails.
     *
     * @param rollback only those that block a rollback, too
     * @param preview only those that change nothing
     * @throws RefusedException if the idle side does not answer, so that nothing can be looked at
     */
    static Preflight of(Tenant tenant, ActiveMirror mirroring, boolean rollback, boolean preview)
            throws RefusedException, SQLException, InterruptedException {
        List<Finding> unreachable = Guardrails.reach(
                mirroring.placement().idle(), mirroring.plan().serving().other(), tenant.config());
        if (!unreachable.isEmpty()) {
            throw new RefusedException(unreachable.get(0).finding(), unreachable);
        }
        // Other proxies may take seconds to answer. What is read from the databases should not be older than that.
        List<ProxyClients> clients = ClientSurveys.ofAllProxies(tenant, !rollback);
        TenantRecord row = tenant.row();
        GuardrailContext situation = new GuardrailContext(
                tenant.config(),
                tenant.routing(),
                mirroring.plan(),
                mirroring.placement(),
                MirrorPlans.draw(
                        tenant.movement(),
                        mirroring.plan().serving(),
                        Objects.requireNonNull(row.token(), "a mirroring tenant has a secret"),
                        row.epoch()),
                new GuardrailContext.Verified(
                        row.verified().mismatches(),
                        row.verified().at(),
                        row.verified().incarnation()),
                clients,
                tenant::searchPath,
                rollback || row.phase() == Phase.REVERSIBLE,
                Instant.now());
        return new Preflight(situation, Guardrails.check(situation, rollback, preview));
    }

    /**
     * Lets a verb continue or not.
     *
     * @return all findings, those that it overrides among them
     * @throws RefusedException naming those that block it and are not overridden
     */
    List<Finding> obey(String verb, Set<GuardrailName> forced) throws RefusedException {
        List<Finding> blocking = findings.stream()
                .filter(finding -> finding.blocking() && !ForcedGuardrails.covers(forced, finding))
                .toList();
        if (!blocking.isEmpty()) {
            throw new RefusedException(
                    blocking.size() + " guardrail(s) refuse the " + verb + ", the first: "
                            + blocking.get(0).finding(),
                    blocking);
        }
        return findings;
    }
}
