// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.BackfillPolicy;
import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.adminapi.VerifyScope;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Data that is made wrong behind everybody's back is found and named. (What is wrong before a flip: {@link GuardrailsIT}. A
 * server that is gone: {@link AcrossDatabasesIT}.)
 */
@ExtendWith(PostgresExtension.class)
class FaultsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String FILES = """
            CREATE TABLE v1.files (id int PRIMARY KEY, name text NOT NULL, content bytea NOT NULL);
            INSERT INTO v1.files SELECT i, 'file ' || i, decode(md5(i::text) || repeat('5a', 1000), 'hex')
              FROM generate_series(1, 20000) AS i;
            CREATE TABLE v2.files (id int PRIMARY KEY, name text NOT NULL, content bytea NOT NULL);
            """;

    private static void contains(String part, String whole) {
        assertTrue(whole.contains(part), whole);
    }

    private static void proofsLast(Lifecycle cutover, Duration most) throws Exception {
        BackfillPolicy usual = BackfillPolicy.DEFAULT;
        cutover.backfill(
                new BackfillPolicy(usual.rate(), usual.workers(), usual.maxReplicaLag(), usual.maxSlowdown(), most));
    }

    private static void awaitProofAfter(Instant first, Lifecycle cutover) throws Exception {
        Eventually.until("a proof after the one at " + first, PATIENCE, () -> {
            return !cutover.status().verify().at().equals(first);
        });
    }

    private static Operation verify(Lifecycle cutover, boolean repair) throws Exception {
        return cutover.attempt("verify", new VerbRequest.Verify(repair, null, null));
    }

    /** Not even the net sees it. */
    private static void spoil(Lifecycle cutover, String sql) throws Exception {
        cutover.green().execute("ALTER TABLE v2.files DISABLE TRIGGER ALL");
        cutover.green().execute(sql);
        cutover.green().execute("ALTER TABLE v2.files ENABLE ALWAYS TRIGGER cutover_net_row");
        cutover.green().execute("ALTER TABLE v2.files ENABLE ALWAYS TRIGGER cutover_net_key");
        cutover.green().execute("ALTER TABLE v2.files ENABLE ALWAYS TRIGGER cutover_net_truncate");
        cutover.green().execute("ALTER TABLE v2.files ENABLE ALWAYS TRIGGER cutover_fence");
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_SERVERS"})
    void aBitARowTooFewAndARowTooMany(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, FILES, Mapping.IDENTITY, layout)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            spoil(
                    cutover,
                    "UPDATE v2.files SET content = set_bit(content, 7777, 1 - get_bit(content, 7777)) WHERE id = 12345");
            spoil(cutover, "DELETE FROM v2.files WHERE id = 1");
            spoil(cutover, "INSERT INTO v2.files VALUES (-5, 'nobody''s', '')");

            Operation found = verify(cutover, false);

            assertEquals(State.REFUSED, found.state());
            contains("3 of ", found.message());
            assertEquals(
                    List.of(
                            "files [-5]: only on the idle side",
                            "files [12345]: differs",
                            "files [1]: missing on the idle side"),
                    found.findings().stream()
                            .map(finding -> finding.finding())
                            .sorted()
                            .toList());
            assertEquals(Phase.MIRRORING, cutover.status().phase());
            verify(cutover, true);
            cutover.awaitNoMarks();
            cutover.run("verify", "flip");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void valuesAreToldOnRequestAndASampleProvesNothing(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, FILES, Mapping.IDENTITY, layout)) {
            cutover.run("prepare", "mirror", "backfill");

            Operation sample =
                    cutover.attempt("verify", new VerbRequest.Verify(false, null, new VerifyScope(5, false)));
            assertEquals(State.SUCCEEDED, sample.state(), sample::message);
            contains("of the sample", sample.message());
            assertEquals(Phase.MIRRORING, cutover.status().phase());
            cutover.run("verify");
            spoil(cutover, "UPDATE v2.files SET name = 'secret', content = '' WHERE id = 3");

            assertEquals(
                    "files [3]: differs",
                    verify(cutover, false).findings().get(0).finding());
            Operation told = cutover.attempt("verify", new VerbRequest.Verify(false, null, new VerifyScope(100, true)));

            contains("the serving row is (3,\"file 3\",", told.findings().toString());
            contains("the idle one (3,secret,", told.findings().toString());
            Operation none = cutover.attempt("verify", new VerbRequest.Verify(false, null, new VerifyScope(0, true)));
            contains("more than 0", none.message());
        }
    }

    @Test
    void aProofIsRenewedWhileReadyAndADifferenceIsFoundByItself(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, FILES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            Instant first = cutover.status().verify().at();
            proofsLast(cutover, Duration.ofMillis(200));
            awaitProofAfter(first, cutover);
            assertEquals(Phase.READY, cutover.status().phase());

            spoil(cutover, "UPDATE v2.files SET name = 'spoilt' WHERE id = 3");

            Eventually.until("READY is revoked", PATIENCE, () -> {
                return cutover.status().phase() == Phase.MIRRORING;
            });
            assertEquals(1, cutover.status().verify().mismatches());
        }
    }

    @Test
    void anOldProofStopsAFlipAndTheProxysOwnVerificationDoesNot(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, FILES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            proofsLast(cutover, Duration.ofMillis(1));
            Instant first = cutover.status().verify().at();
            awaitProofAfter(first, cutover);
            for (int i = 0; i < 20; i++) {
                Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);

                assertEquals(State.REFUSED, flip.state());
                assertEquals("verification-fresh", flip.findings().get(0).guardrail(), flip::message);
            }
            proofsLast(cutover, Duration.ZERO);
            cutover.run("flip");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_SERVERS"})
    void aRogueWriterOnEitherSide(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.startUndoing(server, FILES, layout)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            cutover.app()
                    .execute(
                            "UPDATE v1.files SET name = 'past the proxy' WHERE id = 10; DELETE FROM v1.files WHERE id = 11");
            cutover.green()
                    .execute(
                            "UPDATE v2.files SET name = 'rogue' WHERE id = 20; INSERT INTO v2.files VALUES (-1, '', '')");
            Eventually.until("two rogue writes are counted", PATIENCE, () -> {
                return cutover.status().rogueWrites() >= 2;
            });
            cutover.awaitNoMarks();

            assertEquals(
                    List.of("10 past the proxy", "20 file 20"),
                    cutover.green()
                            .query("SELECT id || ' ' || name FROM v2.files WHERE id IN (-1, 10, 11, 20) ORDER BY 1"));
            cutover.run("verify");
        }
    }

    @Test
    void anUpThatFailsForARow(TestServer server) throws Exception {
        Mapping wrong = new Mapping(
                Map.of(
                        "files",
                        new TableMapping(
                                "files",
                                "files",
                                List.of(),
                                Map.of("name", "(100 / (id - 15000))::text"),
                                Map.of(),
                                Map.of(),
                                Map.of(),
                                new Dropped(Set.of("name"), Set.of()))),
                Set.of());
        try (Lifecycle cutover = Lifecycle.start(server, FILES, wrong)) {
            cutover.run("prepare", "mirror", "backfill");
            Eventually.until("a row is refused", PATIENCE, () -> {
                return cutover.status().marks().failed() > 0;
            });

            RefusedRows.Row row = cutover.ledger(null).rows().get(0);
            assertEquals(1, cutover.ledger(null).refused());
            assertEquals(
                    List.of("files", "[15000]", "up", "ERROR: division by zero"),
                    List.of(row.table(), row.key(), row.unrepresentableBy(), row.error()));
            cutover.attempt("verify", VerbRequest.PLAIN);
            assertEquals(Phase.MIRRORING, cutover.status().phase());
            try (Connection client = cutover.connect("acme")) {
                assertEquals(1, update(client, 15000), "the serving side is unhurt");
            }
        }
    }

    private static int update(Connection client, int id) throws Exception {
        try (PreparedStatement update = client.prepareStatement("UPDATE files SET content = ? WHERE id = ?")) {
            update.setBytes(1, new byte[] {1});
            update.setInt(2, id);
            return update.executeUpdate();
        }
    }

    @Test
    void anIdleServerWhoseDiskIsFull(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, FILES, Mapping.IDENTITY, Layout.TWO_SERVERS);
                Connection client = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            // Its WAL segments, 16 MB each, still fit.
            cutover.green().server().limitFiles(17L << 20);
            Random random = new Random(1);
            byte[] content = new byte[40_000];
            int id = 100_000;
            while (cutover.status().phase() == Phase.READY) {
                random.nextBytes(content);
                insert(client, ++id, content);
            }
            while (cutover.status().resyncTrouble() == null
                    && cutover.status().marks().failed() == 0) {
                insert(client, ++id, content);
            }
            Operation refused = cutover.attempt("flip", VerbRequest.PLAIN);
            assertEquals(State.REFUSED, refused.state(), refused::message);

            cutover.green().server().unlimitFiles();
            cutover.awaitNoMarks();
            cutover.run("verify", "flip");
        }
    }

    private static void insert(Connection client, int id, byte[] content) throws Exception {
        try (PreparedStatement insert = client.prepareStatement("INSERT INTO files VALUES (?, 'large', ?)")) {
            insert.setInt(1, id);
            insert.setBytes(2, content);
            insert.executeUpdate();
        }
    }
}
