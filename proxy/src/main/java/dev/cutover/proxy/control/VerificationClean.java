package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import java.sql.Connection;
import java.util.List;

/** The last verification since mirroring began found no difference. */
final class VerificationClean implements Guardrail {
    @Override
    public String name() {
        return "verification-clean";
    }

    @Override
    public List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) {
        TenantRecord row = tenant.row();
        if (row.verified().at() == null) {
            return List.of(blocking("the sides have not been compared", "run verify"));
        }
        return row.verified().mismatches() == 0
                ? List.of()
                : List.of(blocking(
                        "the last verification found " + row.verified().mismatches() + " rows that differ",
                        "run verify --repair, then verify"));
    }
}
