// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.SnapshotsConfig;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.SideRole;
import dev.cutover.config.adminapi.SnapshotInfo;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots by pg_dump, what is restored from them, and the drop of a side that no longer serves. */
final class SnapshotIT {
    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, name text NOT NULL);
            CREATE TABLE v1.part (id int PRIMARY KEY, item int REFERENCES v1.item);
            INSERT INTO v1.item SELECT n, 'item ' || n FROM generate_series(1, 1000) AS n;
            INSERT INTO v1.part SELECT n, n FROM generate_series(1, 100) AS n;
            CREATE TABLE v2.item (id bigint PRIMARY KEY, name text NOT NULL);
            CREATE TABLE v2.part (id int PRIMARY KEY, item bigint REFERENCES v2.item);
            """;

    private static TestServer server;

    @TempDir
    private Path directory;

    private Lifecycle cutover;

    @BeforeAll
    static void startServer() throws Exception {
        server = TestServer.installed();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @BeforeEach
    void start() throws Exception {
        cutover = Lifecycle.start(server, TABLES, new SnapshotsConfig(directory.resolve("kept"), null));
    }

    @AfterEach
    void stop() {
        cutover.close();
    }

    @Test
    void whatIsLeftIsDroppedAfterASnapshotAndComesBackFromIt() throws Exception {
        cutover.run("prepare", "mirror", "backfill", "verify", "flip");

        Operation complete = succeeded("complete", new VerbRequest.Complete(true, true));

        assertEquals(List.of(), cutover.app().query("SELECT nspname FROM pg_namespace WHERE nspname = 'v1'"));
        assertEquals(Phase.STEADY, cutover.status().phase());
        SnapshotInfo snapshot = only();
        assertEquals(Side.BLUE, snapshot.side());
        assertTrue(complete.message().endsWith("the schema of blue was dropped after snapshot " + snapshot.name()));
        assertEquals(complete.message(), cutover.history().get(0).message());

        succeeded("restore", new VerbRequest.Restore(snapshot.name(), SideRole.IDLE, false));

        assertEquals(List.of("1000"), cutover.app().query("SELECT count(*) FROM v1.item WHERE name = 'item ' || id"));
        assertEquals(
                List.of("FOREIGN KEY (item) REFERENCES v1.item(id)"),
                cutover.app()
                        .query("SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                                + " WHERE conrelid = 'v1.part'::regclass AND contype = 'f' AND convalidated"));
        assertEquals(
                List.of("0"),
                cutover.app().query("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'cutover%'"),
                "the snapshot was taken after the net had gone");
    }

    @Test
    void whatIsDroppedTakesNothingElseAlong() throws Exception {
        cutover.run("prepare", "mirror", "backfill", "verify", "flip");
        cutover.app().execute("CREATE VIEW globex.items AS SELECT id FROM v1.item");

        Operation complete = attempt("complete", new VerbRequest.Complete(true, false));

        assertEquals(State.FAILED, complete.state());
        assertTrue(complete.message().startsWith("tenant acme is STEADY, green serves, but"), complete::message);
        assertTrue(complete.message().contains("view globex.items"), complete::message);
        assertEquals(List.of("1000"), cutover.app().query("SELECT count(*) FROM v1.item"));

        cutover.app().execute("DROP VIEW globex.items");
        succeeded("complete", new VerbRequest.Complete(true, false));

        assertEquals(List.of("1000"), cutover.app().query("SELECT count(*) FROM v2.item"));
        assertEquals(List.of(), cutover.snapshots());
        Operation again = attempt("complete", new VerbRequest.Complete(true, false));
        assertEquals(
                "tenant acme is STEADY, green serves; there is nothing to drop: blue has no schema v1",
                again.message());
        assertEquals(State.SUCCEEDED, again.state());
    }

    @Test
    void aColumnOfTheServingSideIsNotDroppedWithItsType() throws Exception {
        cutover.run("prepare", "mirror", "backfill", "verify", "flip", "complete");
        cutover.app().execute("CREATE TYPE v1.colour AS ENUM ('red'); ALTER TABLE v2.item ADD colour v1.colour");

        Operation drop = attempt("complete", new VerbRequest.Complete(true, true));

        assertEquals(State.REFUSED, drop.state());
        assertTrue(drop.message().contains("table column v2.item.colour"), drop::message);
        assertEquals(List.of(), cutover.snapshots());
    }

    @Test
    void aSnapshotIsTakenBeforePrepareChangesAnything() throws Exception {
        Operation prepare = succeeded("prepare", new VerbRequest.Prepare(false, true, Set.of()));

        assertEquals(Side.BLUE, only().side());
        assertTrue(prepare.message().endsWith("; snapshot " + only().name()), prepare::message);
    }

    @Test
    void nothingIsRestoredIntoTheServingSide() throws Exception {
        succeeded("snapshot", new VerbRequest.Snapshot(SideRole.SERVING));

        Operation serving = attempt("restore", new VerbRequest.Restore(only().name(), SideRole.SERVING, true));
        Operation other = attempt("restore", new VerbRequest.Restore(only().name(), SideRole.IDLE, true));

        assertEquals(State.REFUSED, serving.state());
        assertTrue(serving.message().startsWith("nothing is restored into the serving side blue"), serving::message);
        assertEquals(State.REFUSED, other.state());
        assertEquals("snapshot " + only().name() + " is of blue, and the idle side is green", other.message());
        assertEquals(List.of("1000"), cutover.app().query("SELECT count(*) FROM v1.item"));
    }

    @Test
    void anIdleSideThatIsThereIsReplacedOnlyOnRequest() throws Exception {
        cutover.app().execute("INSERT INTO v2.item VALUES (1, 'kept')");
        succeeded("snapshot", new VerbRequest.Snapshot(SideRole.IDLE));
        cutover.app().execute("UPDATE v2.item SET name = 'changed'");

        Operation refused = attempt("restore", new VerbRequest.Restore(only().name(), SideRole.IDLE, false));
        assertEquals(State.REFUSED, refused.state());
        assertEquals(List.of("changed"), cutover.app().query("SELECT name FROM v2.item"));

        succeeded("restore", new VerbRequest.Restore(only().name(), SideRole.IDLE, true));
        assertEquals(List.of("kept"), cutover.app().query("SELECT name FROM v2.item"));
    }

    @Test
    void aDamagedSnapshotIsFoundBeforeAnythingIsDropped() throws Exception {
        cutover.app().execute("INSERT INTO v2.item SELECT n, repeat('x', 100) FROM generate_series(1, 5000) AS n");
        succeeded("snapshot", new VerbRequest.Snapshot(SideRole.IDLE));
        try (Stream<Path> files = Files.list(directory.resolve("kept").resolve(only().name()))) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".dat.gz")).toList()) {
                byte[] whole = Files.readAllBytes(file);
                Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
            }
        }

        Operation restore = attempt("restore", new VerbRequest.Restore(only().name(), SideRole.IDLE, true));

        assertEquals(State.REFUSED, restore.state(), restore::message);
        assertEquals(List.of("5000"), cutover.app().query("SELECT count(*) FROM v2.item"));
    }

    @Test
    void noSnapshotIsTakenWhileTheSidesHoldTheNet() throws Exception {
        cutover.run("prepare", "mirror");

        Operation snapshot = attempt("snapshot", new VerbRequest.Snapshot(SideRole.SERVING));

        assertEquals(State.REFUSED, snapshot.state());
        assertFalse(Files.exists(directory.resolve("kept")));
    }

    @Test
    void aNameLeadsNowhereElse() throws Exception {
        Files.createDirectories(directory.resolve("kept"));
        Operation restore = attempt("restore", new VerbRequest.Restore("../kept", SideRole.IDLE, true));

        assertEquals("tenant acme has no snapshot ../kept; snapshots lists what there is", restore.message());
    }

    @Test
    void aProgramThatIsTooOldIsNamedWithTheWayOut() throws Exception {
        Path programs = Files.createDirectories(directory.resolve("old"));
        Path dump = Files.writeString(programs.resolve("pg_dump"), "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n");
        assertTrue(dump.toFile().setExecutable(true));
        try (Lifecycle old = Lifecycle.start(server, TABLES, new SnapshotsConfig(directory, programs))) {
            Operation snapshot = old.attempt("snapshot", VerbRequest.PLAIN);

            assertEquals(State.REFUSED, snapshot.state());
            assertTrue(
                    snapshot.message()
                            .matches("pg_dump is of version 9 and does not read the server's version \\d+;"
                                    + " install the client programs of version \\d+ or a later one, and name their directory"
                                    + " in snapshots.programs"),
                    snapshot::message);
        }
    }

    @Test
    void withoutAPlaceForTheSnapshotCompleteChangesNothing() throws Exception {
        try (Lifecycle placeless = Lifecycle.start(server, TABLES, SnapshotsConfig.NONE)) {
            placeless.run("prepare", "mirror", "backfill", "verify", "flip");

            Operation complete = placeless.attempt("complete", new VerbRequest.Complete(true, true));

            assertEquals(State.REFUSED, complete.state());
            assertTrue(complete.message().contains("snapshots.directory"), complete::message);
            assertEquals(Phase.REVERSIBLE, placeless.status().phase());
        }
    }

    private SnapshotInfo only() throws Exception {
        List<SnapshotInfo> snapshots = cutover.snapshots();
        assertEquals(1, snapshots.size());
        return snapshots.get(0);
    }

    private Operation succeeded(String verb, VerbRequest request) throws Exception {
        Operation operation = attempt(verb, request);
        assertEquals(State.SUCCEEDED, operation.state(), operation::message);
        return operation;
    }

    private Operation attempt(String verb, VerbRequest request) throws Exception {
        return cutover.attempt(verb, request);
    }
}
