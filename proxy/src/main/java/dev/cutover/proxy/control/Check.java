package dev.cutover.proxy.control;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.control.Finding;
import dev.cutover.config.control.OperationRequest;
import dev.cutover.dualwrite.plan.CatalogReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Says what stands between the tenant and a flip. Changes nothing. */
final class Check implements Verb {
    @Override
    public String name() {
        return "check";
    }

    /** Before prepare the idle side may be there or not; both are fine. */
    private static Outcome steady(Tenant tenant, Movement movement) throws SQLException {
        Side idle = tenant.row().serving().other();
        try (Connection connection = movement.database(idle).getConnection()) {
            boolean exists = CatalogReader.schemaExists(connection, movement.schema(idle));
            return new Outcome("the tenant is STEADY; prepare comes next, " + idle.label() + "'s schema "
                    + movement.schema(idle) + (exists ? " is there already" : " is not there yet"));
        }
    }

    @Override
    public Outcome run(Tenant tenant, OperationRequest request, Listener listener)
            throws RefusedException, SQLException {
        Movement movement = tenant.movement();
        if (tenant.phase() == Phase.STEADY) {
            return steady(tenant, movement);
        }
        List<Finding> findings = new ArrayList<>();
        Mirroring mirroring = tenant.mirroring();
        if (mirroring != null) {
            findings.addAll(Guardrails.check(tenant, mirroring));
            if (findings.stream().anyMatch(finding -> finding.guardrail().equals("idle-side-answers"))) {
                throw new RefusedException("the idle side does not answer", findings);
            }
        }
        MirrorPlans.Drawn drawn = MirrorPlans.draw(movement, tenant.row().serving(), "");
        findings.addAll(drawn.problems());
        drawn.plan().tables().values().stream()
                .filter(table -> table.unmirrorable() != null)
                .map(table -> new Finding(
                        "inline-mirroring",
                        false,
                        "writes to " + table.servingTable() + " are left to the net: " + table.unmirrorable(),
                        ""))
                .forEach(findings::add);
        if (!findings.isEmpty()) {
            long blocking = findings.stream().filter(Finding::blocking).count();
            throw new RefusedException(
                    blocking + " finding(s) stand in the way, " + (findings.size() - blocking) + " to know of",
                    findings);
        }
        return new Outcome("nothing stands in the way; " + drawn.plan().tables().size() + " tables are mapped");
    }
}
