package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import dev.cutover.dualwrite.resync.Marks;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The idle side refuses no row. */
final class IdleSideAcceptsRows implements Guardrail {
    @Override
    public String name() {
        return "idle-side-accepts-rows";
    }

    @Override
    public List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) throws SQLException {
        Marks.Count marks = new Marks(tenant.name()).count(connection);
        return findings(marks);
    }

    /** Refused rows take READY away: then they are why a flip does not go, and not the phase. */
    void require(Tenant tenant) throws RefusedException, SQLException {
        Mirroring mirroring = tenant.requireMirroring();
        try (Connection connection = mirroring.placement().serving().getConnection()) {
            List<Finding> findings = check(tenant, mirroring, connection);
            if (!findings.isEmpty()) {
                throw new RefusedException(findings.get(0).finding() + "; the tenant is not READY", findings);
            }
        }
    }

    private List<Finding> findings(Marks.Count marks) {
        return marks.failed() == 0
                ? List.of()
                : List.of(blocking(
                        "the idle side refuses " + marks.failed() + " rows (cutover ledger names them)",
                        "mend the cause; they are tried again by themselves, or at once by cutover resync"));
    }
}
