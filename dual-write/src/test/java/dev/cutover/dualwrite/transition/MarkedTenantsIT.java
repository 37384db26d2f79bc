// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mark.MarkedTenants;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class MarkedTenantsIT {
    private static final TransitionSchema OWN = new TransitionSchema("cutover_own");

    @Test
    void tenantsOfAllSchemasWithDueMarksAreFound(TestDatabase database) throws Exception {
        TransitionSchema.USUAL.migrate(database.dataSource());
        OWN.migrate(database.dataSource());
        Map<TransitionSchema, List<String>> asked =
                Map.of(TransitionSchema.USUAL, List.of("marked", "refused", "due", "quiet"), OWN, List.of("other"));
        try (Connection connection = database.connect()) {
            assertEquals(Set.of(), MarkedTenants.among(connection, asked));
            for (String tenant : List.of("marked", "refused", "due", "not asked for")) {
                database.execute("INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('" + tenant
                        + "', 'BLUE', 't', '[1]')");
            }
            database.execute(
                    "UPDATE cutover.dirty_key SET error = 'x', retry_at = clock_timestamp() + interval '1 hour'"
                            + " WHERE tenant = 'refused'");
            database.execute(
                    "UPDATE cutover.dirty_key SET error = 'x', retry_at = clock_timestamp() - interval '1 hour'"
                            + " WHERE tenant = 'due'");
            database.execute(
                    "INSERT INTO cutover_own.dirty_key (tenant, side, tbl, key) VALUES ('other', 'BLUE', 't', NULL)");
            assertEquals(Set.of("marked", "due", "other"), MarkedTenants.among(connection, asked));
        }
    }
}
