// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The planner knows the idle side's larger tables: each has statistics. */
final class IdleSideAnalyzed implements Guardrail {
    private static final String UNKNOWN = """
            SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind = 'r' AND pg_relation_size(c.oid) > 1048576
              AND NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname)
            ORDER BY 1""";

    @Override
    public GuardrailName name() {
        return GuardrailName.IDLE_SIDE_ANALYZED;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        if (!Backfill.progress(connection, now.plan().transition(), now.tenant())
                .done()) {
            return List.of();
        }
        try (Connection idle = now.placement().idle().getConnection()) {
            List<String> unknown = Rows.query(
                    idle, UNKNOWN, row -> row.getString(1), now.plan().idleSchema());
            return unknown.isEmpty()
                    ? List.of()
                    : List.of(note(
                            "tables of the idle side have no statistics yet, plans will be poor: "
                                    + String.join(", ", unknown),
                            "ANALYZE them before the flip"));
        }
    }
}
