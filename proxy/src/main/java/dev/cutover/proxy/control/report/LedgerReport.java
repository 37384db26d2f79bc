// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.report;

import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.dualwrite.mark.Ledger;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists the rows that a tenant's idle side refuses. */
public final class LedgerReport {
    /** Enough to read; more are counted. */
    private static final int MOST_ROWS = 10_000;

    private LedgerReport() {}

    public static RefusedRows of(Tenant tenant, @Nullable String table) throws SQLException {
        ActiveMirror mirroring = tenant.mirroring();
        if (mirroring == null) {
            return new RefusedRows(tenant.name(), 0, List.of());
        }
        Ledger ledger = new Ledger(mirroring.plan());
        Ledger.Selection selection = new Ledger.Selection(table, null);
        try (Connection connection = mirroring.placement().serving().getConnection()) {
            return new RefusedRows(
                    tenant.name(),
                    ledger.count(connection, selection),
                    ledger.rows(connection, selection, MOST_ROWS).stream()
                            .map(row -> new RefusedRows.Row(
                                    row.table(),
                                    row.key(),
                                    row.sqlState(),
                                    row.error(),
                                    row.since(),
                                    row.attempts(),
                                    row.unrepresentableBy()))
                            .toList());
        }
    }
}
