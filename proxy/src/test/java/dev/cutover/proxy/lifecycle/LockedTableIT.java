// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Somebody outside the proxy holds a lock that the change of sides needs. */
@ExtendWith(PostgresExtension.class)
class LockedTableIT {
    private static final String TABLES = """
            CREATE TABLE v1.parent (id int PRIMARY KEY); CREATE TABLE v2.parent (id int PRIMARY KEY);
            CREATE TABLE v1.child (id int PRIMARY KEY, p int REFERENCES v1.parent);
            CREATE TABLE v2.child (id int PRIMARY KEY, p int REFERENCES v2.parent);
            """;

    @Test
    void aFlipTriesAgainWhenTheLockIsGone(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
                Connection vacuum = cutover.app().connect();
                Statement statement = vacuum.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            vacuum.setAutoCommit(false);
            statement.execute("LOCK TABLE v2.child IN SHARE UPDATE EXCLUSIVE MODE");

            CompletableFuture<Operation> flip = cutover.begin("flip", VerbRequest.PLAIN);
            awaitBlocked(cutover);
            vacuum.rollback();

            assertEquals(Operation.State.SUCCEEDED, flip.get().state());
        }
    }

    @Test
    void aFlipThatNeverGetsTheLockChangesNothing(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
                Connection vacuum = cutover.app().connect();
                Connection client = cutover.connect("acme");
                Statement statement = vacuum.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            vacuum.setAutoCommit(false);
            statement.execute("LOCK TABLE v2.child IN SHARE UPDATE EXCLUSIVE MODE");

            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);

            assertEquals(Operation.State.FAILED, flip.state());
            assertEquals(Phase.READY, cutover.status().phase());
            assertEquals(Side.BLUE, cutover.status().serving());
            client.createStatement().execute("INSERT INTO parent VALUES (1)");
            vacuum.rollback();
            cutover.run("flip");
        }
    }

    private static void awaitBlocked(Lifecycle cutover) throws Exception {
        String waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'v2.child'::regclass";
        Eventually.until("somebody waits for the lock on v2.child", Duration.ofMinutes(1), () -> {
            return !cutover.app().query(waits).isEmpty();
        });
    }
}
