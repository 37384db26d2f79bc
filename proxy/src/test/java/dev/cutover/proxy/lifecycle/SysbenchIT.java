// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** sysbench's oltp_read_write reports the same directly, steady, mirroring, and while the tenant flips. */
@ExtendWith(PostgresExtension.class)
final class SysbenchIT {
    private static final String V2 = "CREATE TABLE v2.sbtest1 (id bigserial PRIMARY KEY, k bigint NOT NULL DEFAULT 0,"
            + " c char(120) NOT NULL DEFAULT '', pad char(60) NOT NULL DEFAULT '')";
    private static final int EVENTS = 300;

    @Test
    void everyPhaseReportsWhatADirectRunReports(TestServer server, TestDatabase plain) throws Exception {
        finish(start(server.port(), plain.name(), server, "prepare"));
        String direct = finish(start(server.port(), plain.name(), server, "run"));
        try (Lifecycle cutover = Lifecycle.start(server, "", Mapping.IDENTITY)) {
            finish(start(cutover.port(), "acme", server, "prepare"));
            assertEquals(direct, finish(start(cutover.port(), "acme", server, "run")), "steady");
            cutover.app().execute(V2);
            cutover.run("prepare", "mirror");
            assertEquals(direct, finish(start(cutover.port(), "acme", server, "run")), "mirroring");
            cutover.run("backfill", "verify");

            Process running = start(cutover.port(), "acme", server, "run");
            int flips = 0;
            while (running.isAlive()) {
                String verb = flips % 2 == 0 ? "flip" : "rollback";
                if (cutover.attempt(verb, VerbRequest.PLAIN).state() == Operation.State.SUCCEEDED) {
                    flips++;
                }
            }

            assertEquals(direct, finish(running), "flipping");
            assertTrue(flips > 0, "it never flipped");
            cutover.awaitNoMarks();
            assertEquals(rows(cutover, "v1"), rows(cutover, "v2"));
            assertEquals(1000, rows(cutover, "v1").size());
            assertTrue(cutover.planned("mirrored") > 0);
        }
    }

    private static List<String> rows(Lifecycle cutover, String schema) throws SQLException {
        return cutover.app().query("SELECT t::text FROM " + schema + ".sbtest1 AS t ORDER BY id");
    }

    /** One thread: several would now and then deadlock among themselves, which it ignores and does again. */
    private static Process start(int port, String database, TestServer server, String command) throws IOException {
        return new ProcessBuilder(
                        "sysbench",
                        "oltp_read_write",
                        "--db-driver=pgsql",
                        "--pgsql-host=127.0.0.1",
                        "--pgsql-port=" + port,
                        "--pgsql-user=" + server.user(),
                        "--pgsql-password=" + server.password(),
                        "--pgsql-db=" + database,
                        "--tables=1",
                        "--table-size=1000",
                        "--threads=1",
                        "--time=0",
                        "--events=" + EVENTS,
                        command)
                .redirectErrorStream(true)
                .start();
    }

    /** Waits for its end. @return the lines of its report that count something, without rates */
    private static String finish(Process sysbench) throws IOException, InterruptedException {
        String output = new String(sysbench.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, sysbench.waitFor(), output);
        assertTrue(!output.contains("FATAL") && !output.contains("ERROR"), output);
        return output.lines()
                .filter(line -> line.matches(" +(read|write|other|total|transactions|ignored errors|reconnects): .*"))
                .map(line -> line.replaceAll(" \\(.*", ""))
                .collect(Collectors.joining("\n"));
    }
}
