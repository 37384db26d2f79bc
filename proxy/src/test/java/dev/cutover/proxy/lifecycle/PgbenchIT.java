// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(PostgresExtension.class)
class PgbenchIT {
    /** Version 2 has wider balances and a history with a key. */
    private static final String VERSION_2 = """
            CREATE TABLE v2.pgbench_branches (bid int PRIMARY KEY, bbalance bigint, filler char(88));
            CREATE TABLE v2.pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance bigint, filler char(84));
            CREATE TABLE v2.pgbench_accounts (aid int PRIMARY KEY, bid int, abalance bigint, filler char(84));
            CREATE TABLE v2.pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22),
                id bigserial PRIMARY KEY);
            """;

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "prepared"})
    void aRoutedTenantServesEveryMode(String mode, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, "", Mapping.IDENTITY)) {
            Pgbench pgbench = new Pgbench(cutover.port(), server.user(), server.password());
            pgbench.run("globex", "-i", "-s", "1", "-q");

            pgbench.run("globex", "-M", mode, "-S", "-c", "8", "-j", "2", "-t", "200");
            pgbench.run("globex", "-M", mode, "-c", "8", "-j", "2", "-t", "100");

            assertEquals(List.of("800"), cutover.app().query("SELECT count(*) FROM globex.pgbench_history"));
        }
    }

    static List<String> modesUnderFlips() {
        return Extent.whole() ? List.of("simple", "extended", "prepared") : List.of("simple", "prepared");
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("modesUnderFlips")
    void aMirroringTenantIsFlippedUnderneath(String mode, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, VERSION_2, Mapping.IDENTITY)) {
            Pgbench pgbench = new Pgbench(cutover.port(), server.user(), server.password());
            pgbench.run("acme", "-i", "-s", "1", "-q");
            cutover.app().execute("ALTER TABLE v1.pgbench_history ADD COLUMN id bigserial PRIMARY KEY");
            cutover.run("prepare", "mirror");
            Pgbench.Run load = pgbench.start("acme", "-M", mode, "-c", "8", "-j", "2", "-T", "3600");
            try {
                cutover.awaitSessions(8);
                cutover.run("backfill", "verify");

                cutover.run("flip", "verify", "rollback", "verify", "flip");

                assertTrue(load.process().isAlive(), "no client has given up");
            } finally {
                load.interrupt();
            }
            cutover.run("verify");
            cutover.awaitNoMarks();
            assertTrue(cutover.planned("mirrored") > 0);
            for (String table : List.of("branches", "tellers", "accounts", "history")) {
                assertEquals(digest(cutover, "v1.pgbench_" + table), digest(cutover, "v2.pgbench_" + table), table);
            }
            assertEquals(
                    cutover.app().query("SELECT sum(delta) FROM v2.pgbench_history"),
                    cutover.app().query("SELECT sum(bbalance) FROM v2.pgbench_branches"));
        }
    }

    /** Pipelines of one transaction and of several, 200 clients, and a connection for each transaction. */
    @Test
    void pipelinesManyClientsAndNewConnectionsAreFlippedUnderneath(TestServer server, @TempDir Path scripts)
            throws Exception {
        Path pipeline = Files.writeString(scripts.resolve("pipeline.sql"), """
                \\set aid random(1, 100000)
                \\startpipeline
                BEGIN;
                UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :aid;
                SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
                COMMIT;
                INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (1, 1, :aid, 1, now());
                SELECT 1;
                \\endpipeline
                """);
        try (Lifecycle cutover = Lifecycle.start(server, VERSION_2, Mapping.IDENTITY)) {
            Pgbench pgbench = new Pgbench(cutover.port(), server.user(), server.password());
            pgbench.run("acme", "-i", "-s", "1", "-q");
            cutover.app().execute("ALTER TABLE v1.pgbench_history ADD COLUMN id bigserial PRIMARY KEY");
            pgbench.run("acme", "-n", "-M", "extended", "-f", pipeline.toString(), "-c", "4", "-t", "20");
            cutover.run("prepare", "mirror");
            cutover.run("backfill", "verify");
            List<Pgbench.Run> runs = List.of(
                    pgbench.start("acme", "-n", "-M", "extended", "-f", pipeline.toString(), "-c", "4", "-t", "100"),
                    pgbench.start("acme", "-n", "-M", "prepared", "-f", pipeline.toString(), "-c", "4", "-t", "100"),
                    pgbench.start("acme", "-n", "-N", "-M", "extended", "-c", "200", "-j", "2", "-t", "5"),
                    pgbench.start("acme", "-n", "-N", "-C", "-c", "4", "-t", "30"));
            int flips = 0;
            while (runs.stream().anyMatch(run -> run.process().isAlive()) || flips % 2 == 1) {
                String verb = flips % 2 == 0 ? "flip" : "rollback";
                if (cutover.attempt(verb, VerbRequest.PLAIN).state() == Operation.State.SUCCEEDED) {
                    flips++;
                }
            }
            for (Pgbench.Run run : runs) {
                run.succeed();
            }

            assertTrue(flips > 0, "it never flipped");
            cutover.awaitNoMarks();
            assertEquals(List.of("2000"), cutover.app().query("SELECT count(*) FROM v1.pgbench_history"));
            for (String table : List.of("accounts", "history")) {
                assertEquals(digest(cutover, "v1.pgbench_" + table), digest(cutover, "v2.pgbench_" + table), table);
            }
        }
    }

    @Test
    void aTableWithoutAKeyIsRefusedByName(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, VERSION_2, Mapping.IDENTITY)) {
            new Pgbench(cutover.port(), server.user(), server.password()).run("acme", "-i", "-s", "1", "-q");

            Operation prepare = cutover.attempt("prepare", VerbRequest.PLAIN);

            assertTrue(prepare.findings()
                    .get(0)
                    .finding()
                    .startsWith("pgbench_history: it has no primary key and no unique index"));
        }
    }

    private static List<String> digest(Lifecycle cutover, String table) throws Exception {
        return cutover.app()
                .query("SELECT count(*) || md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM " + table + " AS t");
    }
}
