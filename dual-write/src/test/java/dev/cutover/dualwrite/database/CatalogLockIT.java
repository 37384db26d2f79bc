// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class CatalogLockIT {
    private static final int TENANTS = 8;
    private static final int ROUNDS = 5;
    private static final long DEADLINE_SECONDS = 120;

    private final ExecutorService threads = Executors.newFixedThreadPool(TENANTS);

    @AfterEach
    void tearDown() {
        threads.shutdownNow();
    }

    @Test
    void tenantsMakeAndCloseTheSchemaOfTheirMarksAtOnce(TestDatabase database) throws Exception {
        // Rights that nobody asked for, which each of them revokes.
        database.execute("ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC;"
                + " ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC");
        for (int round = 0; round < ROUNDS; round++) {
            database.execute("DROP SCHEMA IF EXISTS cutover CASCADE");
            atOnce(database);
            database.execute(
                    "GRANT ALL ON SCHEMA cutover TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA cutover TO PUBLIC");
            atOnce(database);
            assertEquals(
                    List.of("f"),
                    database.query("SELECT has_table_privilege('public', 'cutover.dirty_key', 'INSERT')"));
        }
    }

    private void atOnce(TestDatabase database) throws Exception {
        CyclicBarrier together = new CyclicBarrier(TENANTS);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < TENANTS; i++) {
            running.add(threads.submit(() -> {
                together.await(DEADLINE_SECONDS, TimeUnit.SECONDS);
                TransitionSchema.USUAL.migrate(database.dataSource());
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
