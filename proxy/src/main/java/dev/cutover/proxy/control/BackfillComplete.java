package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import dev.cutover.dualwrite.backfill.Backfill;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Every row that was there before mirroring began has been copied. */
final class BackfillComplete implements Guardrail {
    @Override
    public String name() {
        return "backfill-complete";
    }

    @Override
    public List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) throws SQLException {
        Backfill.Progress progress = Backfill.progress(connection, tenant.name());
        return progress.done()
                ? List.of()
                : List.of(blocking(
                        "the backfill has passed " + progress.rows() + " of " + progress.total() + " rows",
                        "run backfill"));
    }
}
