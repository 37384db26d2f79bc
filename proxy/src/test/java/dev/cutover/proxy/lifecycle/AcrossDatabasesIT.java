// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.PinnedPolicy;
import dev.cutover.config.PoolMode;
import dev.cutover.config.Replication;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What only happens where the two sides lie in two databases. */
@ExtendWith(PostgresExtension.class)
class AcrossDatabasesIT {
    /** {@code -Dcutover.outage.millis=60000} has the idle server stay away for a minute, twice. */
    private static final long OUTAGE_MILLIS = Long.getLong("cutover.outage.millis", 100);

    private static final Duration PATIENCE = Duration.ofSeconds(60).plusMillis(OUTAGE_MILLIS);

    private static final String TABLES = """
            CREATE TABLE v1.accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            CREATE TABLE v2.accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            CREATE TABLE v1.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v1.accounts);
            CREATE TABLE v2.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v2.accounts);
            INSERT INTO v1.accounts SELECT i FROM generate_series(1, 5000) AS i;
            """;

    @Test
    void anIdleServerThatIsKilledStopsNothingAndIsCaughtUpWith(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_SERVERS)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            CountingLoad load = new CountingLoad(cutover.app(), cutover::port);
            load.start();
            for (int i = 0; i < 2; i++) {
                load.awaitProgress();
                cutover.green().server().kill();
                Eventually.until("resync has trouble and READY is revoked", PATIENCE, () -> {
                    return cutover.status().resyncTrouble() != null
                            && cutover.status().phase() == Phase.MIRRORING;
                });
                load.awaitProgress();
                Eventually.until("a mark as old as the outage is to last", PATIENCE, () -> {
                    return cutover.status().marks().oldestMillis() > OUTAGE_MILLIS;
                });
                cutover.green().server().startAgain();
                Eventually.until("resync has caught up without trouble", PATIENCE, () -> {
                    return cutover.status().resyncTrouble() == null
                            && cutover.status().marks().oldestMillis() < 1_000;
                });
            }

            cutover.run("verify", "flip");

            load.awaitProgress();
            load.stop();
            cutover.awaitNoMarks();
            cutover.run("verify");
            load.assertNothingLostIn(cutover.app(), "v1");
            load.assertNothingLostIn(cutover.green(), "v2");
        }
    }

    @Test
    void anIdleServerThatIsDownRefusesTheFlipAndNothingElse(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_SERVERS);
                Connection client = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip", "rollback", "verify", "flip");
            cutover.run("rollback", "verify");
            cutover.green().server().kill();

            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);

            assertEquals(State.REFUSED, flip.state());
            assertEquals(0, update(client, "UPDATE accounts SET balance = 1 WHERE id = -1"));
            assertEquals(1, update(client, "UPDATE accounts SET balance = 1 WHERE id = 1"));
            Eventually.until("READY is revoked", PATIENCE, () -> {
                return cutover.status().phase() == Phase.MIRRORING;
            });
            assertNotNull(cutover.status().resyncTrouble());
            cutover.green().server().startAgain();
            cutover.awaitNoMarks();
            assertEquals(List.of("1"), cutover.green().query("SELECT balance FROM v2.accounts WHERE id = 1"));
        }
    }

    @Test
    void aProxyStartsWhileAServerIsDown(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_SERVERS)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.green().server().kill();

            cutover.restart();

            try (Connection client = cutover.connect("acme");
                    Connection other = cutover.connect("globex")) {
                assertEquals(1, update(client, "UPDATE accounts SET balance = 7 WHERE id = 7"));
                assertEquals(1, update(other, "INSERT INTO t VALUES (1)"));
                Eventually.until("resync has trouble", PATIENCE, () -> {
                    return cutover.status().resyncTrouble() != null;
                });
                assertEquals("recover", cutover.status().running());
                assertEquals(Phase.MIRRORING, cutover.status().phase());
                cutover.green().server().startAgain();
                Eventually.until("acme is recovered", PATIENCE, () -> {
                    return cutover.status().running() == null;
                });
                assertEquals(1, update(client, "UPDATE accounts SET balance = 8 WHERE id = 8"));
            }
            cutover.awaitNoMarks();
            assertEquals(
                    List.of("7", "8"),
                    cutover.green().query("SELECT balance FROM v2.accounts WHERE id IN (7, 8) ORDER BY id"));
            cutover.run("verify", "flip");
        }
    }

    @Test
    void aServerThatAnInterruptedFlipMissesHoldsUpItsTenantOnly(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_SERVERS)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.green().server().kill();
            Eventually.until("READY is revoked", PATIENCE, () -> {
                return cutover.status().phase() == Phase.MIRRORING;
            });
            cutover.control()
                    .execute("UPDATE cutover.tenant SET phase = 'SWITCHING', switching_from = 'READY'"
                            + " WHERE name = 'acme'");

            cutover.restart();

            try (Connection other = cutover.connect("globex")) {
                CompletableFuture<Integer> held = CompletableFuture.supplyAsync(() -> {
                    try (Connection client = cutover.connect("acme")) {
                        return update(client, "UPDATE accounts SET balance = 7 WHERE id = 7");
                    } catch (SQLException e) {
                        throw new CompletionException(e);
                    }
                });
                assertEquals(1, update(other, "INSERT INTO t VALUES (1)"));
                assertEquals("recover", cutover.status().running());
                cutover.green().server().startAgain();
                assertEquals(1, held.get());
                Eventually.until("acme is recovered", PATIENCE, () -> {
                    return cutover.status().running() == null;
                });
                assertEquals(Phase.READY, cutover.status().phase());
            }
            cutover.run("verify", "flip");
        }
    }

    @Test
    void aPinnedSessionRefusesTheFlipUntilItIsForced(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES);
                Connection pinned = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            update(pinned, "CREATE TEMP TABLE notes (n int)");

            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);
            Operation forced = cutover.attempt("flip", new VerbRequest.Switch(true, false, Set.of()));

            assertEquals(State.REFUSED, flip.state());
            assertTrue(flip.findings().get(0).finding().contains("cannot move to another database"), flip::toString);
            assertEquals(State.SUCCEEDED, forced.state(), forced::message);
            SQLException ended = assertThrows(SQLException.class, () -> update(pinned, "INSERT INTO notes VALUES (1)"));
            assertEquals("57P01", ended.getSQLState());
        }
    }

    @Test
    void aPinnedSessionIsEndedWhereTheTenantSaysSo(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES);
                Connection idle = cutover.connect("acme");
                Connection movable = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.sessions(
                    new SessionPolicy(0, PoolMode.TRANSACTION, null, Replication.REFUSE, PinnedPolicy.TERMINATE));
            update(idle, "CREATE TEMP TABLE notes (n int)");
            update(movable, "UPDATE accounts SET balance = 1 WHERE id = 1");

            Operation check = cutover.attempt("check", VerbRequest.PLAIN);
            cutover.run("flip");

            assertTrue(check.findings().get(0).finding().endsWith("the flip ends it with 57P01"), check::toString);
            // Without a statement of its own: it has ended already.
            Eventually.until("one session is left", PATIENCE, () -> {
                return cutover.status().traffic().sessions() == 1;
            });
            SQLException ended = assertThrows(SQLException.class, () -> update(idle, "INSERT INTO notes VALUES (1)"));
            assertEquals("57P01", ended.getSQLState());
            assertEquals(1, update(movable, "UPDATE accounts SET balance = 2 WHERE id = 1"));
        }
    }

    @Test
    void aTruncateAndRogueWritesAreCarriedOver(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.startUndoing(server, TABLES, Layout.TWO_DATABASES)) {
            cutover.app().execute("INSERT INTO v1.entries (account) SELECT id FROM v1.accounts");
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.app().execute("TRUNCATE v1.entries; INSERT INTO v1.entries (account) VALUES (7)");
            cutover.green()
                    .execute("UPDATE v2.accounts SET balance = 66 WHERE id = 6; DELETE FROM v2.accounts WHERE id = 5");

            cutover.awaitNoMarks();

            Eventually.until("two rogue writes are counted", PATIENCE, () -> {
                return cutover.status().rogueWrites() == 2;
            });
            assertEquals(List.of("7"), cutover.green().query("SELECT account FROM v2.entries"));
            cutover.green().execute("TRUNCATE v2.accounts");
            Eventually.until("the truncated rows are there again", PATIENCE, () -> {
                return cutover.green().query("SELECT count(*) FROM v2.accounts").equals(List.of("5000"));
            });
            cutover.awaitNoMarks();
            cutover.run("verify");
        }
    }

    @Test
    void aRoleThatTheIdleServerDoesNotKnowIsNamed(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_SERVERS)) {
            cutover.app().execute("CREATE ROLE only_here; GRANT SELECT ON v1.accounts TO only_here");
            try {
                Operation prepare = cutover.attempt("prepare", VerbRequest.PLAIN);

                assertEquals(State.REFUSED, prepare.state());
                assertTrue(prepare.message().contains("only_here; create them there"), prepare::message);
            } finally {
                cutover.app().execute("REVOKE ALL ON v1.accounts FROM only_here; DROP ROLE only_here");
            }
        }
    }

    private static int update(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }
}
