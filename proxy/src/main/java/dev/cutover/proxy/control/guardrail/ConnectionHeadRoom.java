// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The idle side's server takes as many more connections as clients have to the serving side's database now. */
final class ConnectionHeadRoom implements Guardrail {
    /** Those of others, too: whose they are a plain role may not see, but in which database. */
    private static final String USED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()";

    private static final String FREE = """
            SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                 - coalesce(current_setting('reserved_connections', true), '0')::int
                 - (SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL)""";

    @Override
    public GuardrailName name() {
        return GuardrailName.CONNECTION_HEAD_ROOM;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        if (now.placement() instanceof OneDatabase) {
            return List.of();
        }
        try (Connection idle = now.placement().idle().getConnection()) {
            long used = Rows.query(connection, USED, row -> row.getLong(1)).get(0);
            long free = Rows.query(idle, FREE, row -> row.getLong(1)).get(0);
            return free >= used
                    ? List.of()
                    : List.of(blocking(
                            "the serving side's database has " + used + " connections now, and the idle side's server"
                                    + " takes " + free + " more",
                            "raise max_connections there, or lower the pool's size"));
        }
    }
}
