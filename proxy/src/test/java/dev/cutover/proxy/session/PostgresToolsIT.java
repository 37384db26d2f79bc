// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL's own clients (they must be on the PATH), with more sessions than backends. */
@ExtendWith(PostgresExtension.class)
final class PostgresToolsIT {
    private TestDatabase database;
    private ProxyFixture proxy;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 3);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "prepared"})
    void pgbenchRunsInEveryProtocol(String protocol) throws Exception {
        run("pgbench", "-i", "-q");
        // One thread each: pgbench prepares with a blocking call, in which a thread would starve its other clients.
        String report = run("pgbench", "-n", "-M", protocol, "-c", "8", "-j", "8", "-t", "50");
        assertTrue(report.contains("400/400"), report);
        assertEquals(
                database.query("SELECT sum(delta) FROM blue.pgbench_history"),
                database.query("SELECT sum(abalance) FROM blue.pgbench_accounts"));
    }

    @Test
    void psqlShowsWhatItShowsWithoutAProxy() throws Exception {
        String output = run(
                "psql",
                "-At",
                "-c",
                "SELECT side FROM where_am_i",
                "-c",
                "\\conninfo",
                "-c",
                "\\copy (SELECT 7) TO STDOUT");
        assertTrue(output.startsWith("blue\n"), output);
        assertTrue(output.endsWith("7\n"), output);
    }

    private String run(String tool, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(tool));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PGHOST", "127.0.0.1");
        builder.environment().put("PGPORT", Integer.toString(proxy.port()));
        builder.environment().put("PGUSER", database.server().user());
        builder.environment().put("PGDATABASE", ProxyFixture.TENANT);
        builder.environment().put("PGPASSWORD", "x");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
