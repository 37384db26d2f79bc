// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** No index of the idle side is one that a CREATE INDEX CONCURRENTLY has left unfinished. */
final class IndexesValid implements Guardrail {
    private static final String INVALID = """
            SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND NOT (i.indisvalid AND i.indisready) ORDER BY 1""";

    @Override
    public GuardrailName name() {
        return GuardrailName.INDEXES_VALID;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        try (Connection idle = now.placement().idle().getConnection()) {
            return Rows.query(idle, INVALID, row -> row.getString(1), now.plan().idleSchema()).stream()
                    .map(index -> blocking(
                            "index " + index + " of the idle side is invalid, no query will use it",
                            "REINDEX INDEX CONCURRENTLY " + index))
                    .toList();
        }
    }
}
