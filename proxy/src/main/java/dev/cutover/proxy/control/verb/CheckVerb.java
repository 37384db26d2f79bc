// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import static java.util.stream.Collectors.joining;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.proxy.control.guardrail.GuardrailContext.Drawn;
import dev.cutover.proxy.control.guardrail.Guardrails;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Says what refuses the tenant's next verb: prepare, mirror, flip, or rollback and complete. Changes nothing; so it leaves out what
 * only an attempt can show, and says so.
 */
public final class CheckVerb implements Verb<VerbRequest.Plain> {
    @Override
    public String name() {
        return "check";
    }

    @Override
    public boolean preview(VerbRequest.Plain request) {
        return true;
    }

    /** Before prepare the idle side may be there or not; both are fine. */
    private static Outcome steady(Tenant tenant, TenantSides movement)
            throws RefusedException, SQLException, InterruptedException {
        Side idle = tenant.row().serving().other();
        List<Finding> findings = PreparePreconditions.findings(tenant, movement, false);
        refuse(findings);
        try (Connection connection = movement.database(idle).getConnection()) {
            boolean exists = CatalogReader.schemaExists(connection, movement.schema(idle));
            return new Outcome(
                    "the tenant is STEADY; prepare comes next, " + idle.label() + "'s schema " + movement.schema(idle)
                            + (exists ? " is there already" : " is not there yet"),
                    findings);
        }
    }

    /** The next verb is rollback or complete; they do not ask the same. */
    private static Outcome reversible(ActiveMirror mirroring, List<Finding> findings)
            throws RefusedException, SQLException {
        String complete = "nothing stops complete";
        try {
            PreparedTransactions.refuseOnServing(mirroring, "complete");
            PreparedTransactions.refuseOnIdle(mirroring, "complete");
        } catch (RefusedException e) {
            complete = "complete is refused, too";
        }
        long blocking = findings.stream().filter(Finding::blocking).count();
        if (blocking > 0) {
            throw new RefusedException(
                    blocking + " finding(s) stop a rollback, " + (findings.size() - blocking) + " to know of; "
                            + complete,
                    findings);
        }
        return new Outcome("nothing stops a rollback; " + complete, findings);
    }

    private static long refuse(List<Finding> findings) throws RefusedException {
        long blocking = findings.stream().filter(Finding::blocking).count();
        long notes = findings.size() - blocking;
        if (blocking > 0) {
            throw new RefusedException(blocking + " finding(s) block it, " + notes + " to know of", findings);
        }
        return notes;
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Plain request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        TenantSides movement = tenant.movement();
        if (tenant.phase() == Phase.STEADY) {
            return steady(tenant, movement);
        }
        ActiveMirror mirroring = tenant.mirroring();
        List<Finding> findings = new ArrayList<>();
        Drawn drawn;
        if (mirroring == null) {
            findings.addAll(PreparePreconditions.ofMaintenance(tenant, movement));
            refuse(findings);
            drawn = MirrorPlans.preview(movement, tenant.row().serving());
            findings.addAll(drawn.problems());
            findings.addAll(Guardrails.mappedTables(drawn));
            findings.addAll(
                    Guardrails.leftBehind(drawn, movement.database(tenant.row().serving())));
            findings.addAll(Guardrails.objectsThatNameASide(
                    drawn.out(), movement.database(tenant.row().serving().other())));
        } else {
            Preflight preflight = Preflight.of(tenant, mirroring, tenant.phase() == Phase.REVERSIBLE, true);
            drawn = preflight.situation().drawn();
            findings.addAll(preflight.findings());
        }
        tenant.statementsThatNameASide().stream()
                .map(statement -> new Finding(
                        "statements-name-a-side",
                        false,
                        "clients name a side's schema: " + statement,
                        "the proxy puts the serving side's in its place; leave the schema out where you can"))
                .forEach(findings::add);
        drawn.out().tables().values().stream()
                .filter(table -> table.unmirrorable() != null)
                .map(table -> new Finding(
                        "inline-mirroring",
                        false,
                        "writes to " + table.servingTables().collect(joining(" and ")) + " are left to the net: "
                                + table.unmirrorable(),
                        "nothing to do: resync carries these writes over, at the cost of a mark each"))
                .distinct()
                .forEach(findings::add);
        if (tenant.phase() == Phase.REVERSIBLE) {
            return reversible(Objects.requireNonNull(mirroring), findings);
        }
        long notes = refuse(findings);
        return new Outcome(
                "nothing blocks it; " + drawn.out().tables().size() + " tables are mapped"
                        + (notes == 0 ? "" : ", " + notes + " finding(s) to know of")
                        + (mirroring == null ? "" : "; the flip itself rehearses a rollback, too"),
                findings);
    }
}
