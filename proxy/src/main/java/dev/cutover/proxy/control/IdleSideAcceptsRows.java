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
        return marks.failed() == 0
                ? List.of()
                : List.of(blocking(
                        "the idle side refuses " + marks.failed() + " rows (cutover ledger names them)",
                        "mend the cause; they are tried again by themselves, or at once by cutover resync"));
    }
}
