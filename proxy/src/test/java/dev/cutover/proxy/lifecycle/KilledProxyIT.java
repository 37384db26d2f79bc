// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL in each phase and in the middle of each verb, under load. */
@ExtendWith(PostgresExtension.class)
@Tag("slow")
class KilledProxyIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String TABLES = """
            CREATE SCHEMA v1; CREATE SCHEMA v2;
            CREATE TABLE v1.accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            CREATE TABLE v2.accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            CREATE TABLE v1.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v1.accounts);
            CREATE TABLE v2.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v2.accounts);
            INSERT INTO v1.accounts SELECT i FROM generate_series(1, 40000) AS i;
            """;

    private static final String LEFTOVERS =
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'cutover%' UNION ALL SELECT proname FROM pg_proc p"
                    + " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'cutover' AND proname NOT IN ('unmirrored', 'fence')"
                    + " UNION ALL SELECT tbl FROM cutover.dirty_key UNION ALL SELECT tbl FROM cutover.parked";

    private final SplittableRandom random = new SplittableRandom(7);

    @TempDir
    private Path directory;

    private ProxyProcess proxy;
    private CountingLoad load;
    private Path config;

    @Test
    void aKilledProxyGoesOnWhereItWas(TestDatabase app, TestDatabase control) throws Exception {
        app.execute(TABLES);
        killedInEveryPhase(app, app, control);
    }

    @Test
    void aKilledProxyGoesOnBetweenTwoServers(TestDatabase blue, TestDatabase control) throws Exception {
        TestServer other = TestServer.installed();
        try {
            TestDatabase green = other.createDatabase();
            blue.execute(TABLES + "DROP SCHEMA v2 CASCADE");
            green.execute(TABLES + "DROP SCHEMA v1 CASCADE");
            killedInEveryPhase(blue, green, control);
        } finally {
            other.close();
        }
    }

    private void killedInEveryPhase(TestDatabase app, TestDatabase green, TestDatabase control) throws Exception {
        config = Files.writeString(directory.resolve("cutover.yaml"), ProxyProcess.yaml(app, green, control));
        proxy = ProxyProcess.start(config);
        load = new CountingLoad(app, () -> proxy.port());
        load.start();
        try {
            succeed("prepare");
            assertEquals(Phase.PREPARED, restart().phase());
            succeed("mirror");
            assertEquals(Phase.MIRRORING, restart().phase());
            killedInBackfill();
            succeed("verify");
            assertEquals(Phase.READY, restart().phase());
            for (int i = 0; i < Extent.of(1, 2); i++) {
                killedIn("flip", Phase.READY, Phase.REVERSIBLE, Side.BLUE);
                assertEquals(Phase.REVERSIBLE, restart().phase());
                killedIn("rollback", Phase.REVERSIBLE, Phase.READY, Side.GREEN);
            }
            succeed("flip");
            awaitSmallLag();
            succeed("verify");
            load.stop();
            succeed("verify");
            assertEquals(0, proxy.status().verify().mismatches());
            Eventually.until("no mark is left", PATIENCE, () -> {
                return proxy.status().marks().pending() == 0;
            });
            load.assertNothingLostIn(app, "v1");
            load.assertNothingLostIn(green, "v2");
            killedIn("complete", Phase.REVERSIBLE, Phase.STEADY, null);
            assertEquals(List.of(), app.query(LEFTOVERS));
            assertEquals(List.of(), green.query(LEFTOVERS));
        } finally {
            load.stop();
            proxy.kill();
        }
    }

    private void killedInBackfill() throws Exception {
        proxy.start("backfill");
        while (proxy.status().backfill().rows() == 0) {
            Thread.onSpinWait();
        }
        TenantStatus after = restart();
        assertEquals(Phase.MIRRORING, after.phase());
        assertTrue(after.backfill().rows() > 0, "progress is durable");
        Eventually.until("the end of the backfill", PATIENCE, () -> {
            return proxy.status().backfill().done() && proxy.status().running() == null;
        });
    }

    /** Kills the proxy somewhere in a verb; the tenant is then before or after it, and the verb can be run to its end. */
    private void killedIn(String verb, Phase before, Phase after, Side servesBefore) throws Exception {
        startOnceIdle(verb);
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(0, 60_000)));
        TenantStatus status = restart();
        assertTrue(Set.of(before, after).contains(status.phase()), () -> verb + " was killed, now " + status.phase());
        if (servesBefore != null) {
            assertEquals(status.phase() == before ? servesBefore : servesBefore.other(), status.serving());
        }
        if (status.phase() == before) {
            succeed(verb);
        }
        assertEquals(after, proxy.status().phase());
    }

    /** A verification whose end was not written down when its proxy was killed is resumed, and keeps the tenant busy. */
    private void startOnceIdle(String verb) throws Exception {
        Eventually.until("the start of " + verb, PATIENCE, () -> {
            try {
                proxy.start(verb);
                return true;
            } catch (IOException e) {
                if (String.valueOf(e.getMessage()).contains("is busy: verify is running")) {
                    return false;
                }
                throw e;
            }
        });
    }

    private TenantStatus restart() throws Exception {
        proxy.kill();
        proxy = ProxyProcess.start(config);
        load.awaitProgress();
        return proxy.status();
    }

    /** Under load, and after all that has just been killed, the idle side is less than a second behind again. */
    private void awaitSmallLag() throws Exception {
        load.awaitProgress();
        Eventually.until("a lag of less than a second", PATIENCE, () -> {
            return proxy.status().marks().oldestMillis() < 1_000;
        });
    }

    private void succeed(String verb) throws Exception {
        Operation operation = proxy.run(verb);
        assertEquals(
                Operation.State.SUCCEEDED,
                operation.state(),
                () -> verb + ": " + operation.message() + operation.findings() + operation.blockers());
    }
}
