// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** More tenants at once than a pool of maintenance connections has places for, all with the same maintenance role. */
@ExtendWith(PostgresExtension.class)
class TenantsAtOnceIT {
    private static final int TENANTS = 12;
    private static final long DEADLINE_SECONDS = 120;

    @TempDir
    private Path directory;

    private WholeProxy proxy;
    private final ExecutorService threads = Executors.newFixedThreadPool(TENANTS);

    @AfterEach
    void tearDown() {
        threads.shutdownNow();
        if (proxy != null) {
            proxy.close();
        }
    }

    @Test
    void tenantsOfOneDatabaseMoveThereAndBackAtOnce(TestDatabase app, TestDatabase control) throws Exception {
        start(app, app, control);
        for (String verb : List.of("prepare", "mirror", "backfill", "verify", "flip", "rollback", "flip", "complete")) {
            atOnce(verb);
        }
    }

    @Test
    void tenantsOfTwoDatabasesMoveThereAndBackAtOnce(TestDatabase app, TestDatabase green, TestDatabase control)
            throws Exception {
        start(app, green, control);
        for (String verb : List.of("prepare", "mirror", "backfill", "verify")) {
            atOnce(verb);
        }
        // From here on half of them go one way and half the other.
        for (int i = 0; i < TENANTS; i += 2) {
            proxy.run(tenant(i), "flip");
        }
        for (int round = 0; round < 2; round++) {
            List<Future<Operation>> operations = new ArrayList<>();
            for (int i = 0; i < TENANTS; i++) {
                String tenant = tenant(i);
                String verb = (i + round) % 2 == 0 ? "rollback" : "flip";
                operations.add(threads.submit(() -> proxy.attempt(tenant, verb, "")));
            }
            awaitSuccess(operations);
        }
    }

    @Test
    void flipsAtOnceRevokeNothing(TestDatabase app, TestDatabase control) throws Exception {
        start(app, app, control);
        for (String verb : List.of("prepare", "mirror", "backfill", "verify")) {
            atOnce(verb);
        }
        int flipping = TENANTS - 2;
        List<Future<Operation>> flips = IntStream.range(0, flipping)
                .mapToObj(i -> threads.submit(() -> proxy.attempt(tenant(i), "flip", "")))
                .toList();
        awaitSuccess(flips);
        for (int i = flipping; i < TENANTS; i++) {
            assertEquals(Phase.READY, proxy.status(tenant(i)).phase());
        }
        String metrics = proxy.call("GET", "/metrics", "").body();
        assertTrue(metrics.contains("cutover_maintenance_waiting{cluster=\"main\",database=\"" + app.name()), metrics);
    }

    @Test
    void idleTenantsShareOneThread(TestDatabase app, TestDatabase control) throws Exception {
        start(app, app, control);
        atOnce("prepare");
        atOnce("mirror");
        try {
            Eventually.until("one thread for all tenants", Duration.ofSeconds(DEADLINE_SECONDS), () -> {
                return resyncThreads().size() == 1;
            });
        } catch (AssertionError e) {
            throw new AssertionError("the tenants' threads are " + resyncThreads(), e);
        }
    }

    private static List<String> resyncThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("resync-") || name.startsWith("marks-"))
                .toList();
    }

    private static String tenant(int i) {
        return "t" + i;
    }

    private static List<String> others(int i) {
        return IntStream.range(0, TENANTS)
                .filter(other -> other != i)
                .mapToObj(TenantsAtOnceIT::tenant)
                .toList();
    }

    private void atOnce(String verb) throws Exception {
        awaitSuccess(IntStream.range(0, TENANTS)
                .mapToObj(i -> threads.submit(() -> proxy.attempt(tenant(i), verb, "")))
                .toList());
    }

    private static void awaitSuccess(List<Future<Operation>> operations) throws Exception {
        for (Future<Operation> each : operations) {
            Operation operation = each.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
            assertEquals(
                    Operation.State.SUCCEEDED,
                    operation.state(),
                    () -> operation.tenant() + " " + operation.verb() + ": " + operation.message() + " "
                            + operation.findings());
        }
    }

    private void start(TestDatabase blue, TestDatabase green, TestDatabase control) throws Exception {
        String role = blue.name() + "_maintenance";
        blue.execute("CREATE ROLE " + role + " LOGIN SUPERUSER PASSWORD 'secret'");
        StringBuilder tenants = new StringBuilder();
        for (int i = 0; i < TENANTS; i++) {
            String table = " CREATE TABLE %1$s.note (id int PRIMARY KEY, text text);"
                    + " GRANT SELECT, INSERT, UPDATE, DELETE ON %1$s.note TO PUBLIC";
            blue.execute("CREATE SCHEMA v1_t" + i + ";" + table.formatted("v1_t" + i));
            green.execute("CREATE SCHEMA v2_t" + i + ";" + table.formatted("v2_t" + i));
            blue.execute("INSERT INTO v1_t" + i + ".note SELECT i, 'a' FROM generate_series(1, 10) AS i");
            tenants.append("""
                      %1$s:
                        blue: {cluster: main, database: %2$s, schema: v1_%1$s}
                        green: {cluster: main, database: %3$s, schema: v2_%1$s}
                        mirror: %4$s
                        maintenance: {user: %5$s, password: secret}
                        shares-roles-with: %6$s
                    """.formatted(
                    tenant(i), blue.name(), green.name(), blue == green ? "inline" : "deferred", role, others(i)));
        }
        proxy = WholeProxy.start(Files.writeString(directory.resolve("cutover.yaml"), """
                listen: {port: 0}
                admin: {port: 0, token: %1$s}
                control: {url: "%2$s", user: %3$s, password: secret}
                auth: {method: trust, users: {%3$s: {password: secret}}}
                clusters: {main: {host: "%4$s", port: %5$d}}
                tenants:
                %6$s""".formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        role,
                        blue.server().host(),
                        blue.server().port(),
                        tenants)));
    }
}
