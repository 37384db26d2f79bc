// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows larger than the proxy's heap, all together or nearly each, get from one database to another. The heap is 256 MB. */
@ExtendWith(PostgresExtension.class)
@Tag("slow")
class LargeRowsIT {
    private static final String TABLE =
            "CREATE SCHEMA %1$s; CREATE TABLE %1$s.doc (id int PRIMARY KEY, body text, name text);";

    /** The texts compress well: they are large on the way, not on disk. */
    private static final String LARGE = """
            INSERT INTO v1.doc SELECT %1$d + i, repeat('0123456789', 2000000), 'twenty' FROM generate_series(1, 12) AS i;
            INSERT INTO v1.doc VALUES (%1$d, repeat('x', 100000000), 'hundred'), (-%1$d, 'short', 'small');
            """;

    @TempDir
    private Path directory;

    private ProxyProcess proxy;

    @AfterEach
    void stop() throws InterruptedException {
        if (proxy != null) {
            proxy.kill();
        }
    }

    @Test
    void backfillResyncAndVerifyCarryThem(TestDatabase blue, TestDatabase green, TestDatabase control)
            throws Exception {
        blue.execute(TABLE.formatted("v1"));
        green.execute(TABLE.formatted("v2"));
        blue.execute(LARGE.formatted(1000));
        proxy = ProxyProcess.start(
                Files.writeString(directory.resolve("cutover.yaml"), ProxyProcess.yaml(blue, green, control)));
        run("prepare", "mirror", "backfill");
        sidesAreEqual(blue, green, 14);

        blue.execute(LARGE.formatted(2000) + "UPDATE v1.doc SET name = 'again', body = body || '!' WHERE id = 1000");
        awaitNoMarks();
        sidesAreEqual(blue, green, 28);
        run("verify", "flip");

        green.execute("UPDATE v2.doc SET name = 'back' WHERE id >= 2000; DELETE FROM v2.doc WHERE id < 1010");
        awaitNoMarks();
        sidesAreEqual(blue, green, 16);
        run("verify", "rollback");
    }

    @Test
    void aRowThatDoesNotFitIsRefusedByItsSizeAndTheOthersAreCarried(
            TestDatabase blue, TestDatabase green, TestDatabase control) throws Exception {
        blue.execute(TABLE.formatted("v1"));
        green.execute(TABLE.formatted("v2"));
        blue.execute("INSERT INTO v1.doc VALUES (1, repeat('x', 300000000), 'too large'), (2, 'short', 'small')");
        proxy = ProxyProcess.start(
                Files.writeString(directory.resolve("cutover.yaml"), ProxyProcess.yaml(blue, green, control)));
        run("prepare", "mirror", "backfill");
        awaitRefused(1);

        blue.execute("INSERT INTO v1.doc VALUES (3, repeat('y', 300000000), 'too large'), (4, 'short', 'small')");
        awaitRefused(2);

        assertEquals(List.of("2", "4"), green.query("SELECT id FROM v2.doc ORDER BY id"));
        assertEquals(
                List.of("t", "t"),
                blue.query("SELECT error LIKE '54000 %row [_] of doc takes 300%' AND error LIKE '%-Xmx%'"
                                .replace("[_]", "[%]")
                        + " FROM cutover.dirty_key WHERE error IS NOT NULL ORDER BY key"));
        Operation flip = proxy.run("flip");
        assertEquals(Operation.State.REFUSED, flip.state(), flip::toString);
        assertTrue(flip.toString().contains("idle-side-accepts-rows"), flip::toString);

        blue.execute("DELETE FROM v1.doc WHERE name = 'too large'");
        run("resync", "verify", "flip");
    }

    private void awaitRefused(int rows) throws Exception {
        Eventually.until(rows + " rows are refused", Duration.ofSeconds(120), () -> {
            TenantStatus status = proxy.status();
            return status.marks().failed() >= rows && status.marks().pending() <= rows;
        });
    }

    private void run(String... verbs) throws Exception {
        for (String verb : verbs) {
            Operation operation = proxy.run(verb);
            assertEquals(Operation.State.SUCCEEDED, operation.state(), verb + ": " + operation);
        }
    }

    private void awaitNoMarks() throws Exception {
        try {
            Eventually.until("no mark is left", Duration.ofSeconds(120), () -> {
                TenantStatus status = proxy.status();
                boolean none = status.marks().pending() == 0;
                assertTrue(none || status.marks().failed() == 0, status::toString);
                return none;
            });
        } catch (AssertionError e) {
            throw new AssertionError("marks are left: " + proxy.status(), e);
        }
    }

    private static void sidesAreEqual(TestDatabase blue, TestDatabase green, int rows) throws Exception {
        String query = "SELECT concat_ws(' ', id, md5(body), name) FROM %s.doc ORDER BY id";
        List<String> expected = blue.query(query.formatted("v1"));
        assertEquals(rows, expected.size());
        assertEquals(expected, green.query(query.formatted("v2")));
    }
}
