// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A tenant that no migration tool has made gets a version, once, and then goes its way. */
@ExtendWith(PostgresExtension.class)
class BaselineIT {
    @TempDir
    private Path migrations;

    @Test
    void aServingSideGetsAVersionAndMovesOn(TestServer server) throws Exception {
        Files.writeString(migrations.resolve("V1__t.sql"), "CREATE TABLE t (id int PRIMARY KEY, a text)");
        Files.writeString(migrations.resolve("V2__b.sql"), "ALTER TABLE t ADD COLUMN b int NOT NULL DEFAULT 0");
        List<String> blue = List.of("CREATE TABLE t (id int PRIMARY KEY, a text)", "INSERT INTO t VALUES (1, 'x')");
        try (Lifecycle cutover = Lifecycle.start(server, blue, migrations, Mapping.IDENTITY, Layout.INLINE)) {
            Operation baseline = cutover.attempt("baseline", new VerbRequest.Baseline("1"));

            assertEquals(State.SUCCEEDED, baseline.state(), baseline::message);
            assertEquals("1", cutover.status().schemaVersion().blue());
            Operation again = cutover.attempt("baseline", new VerbRequest.Baseline("2"));
            assertEquals(State.REFUSED, again.state());
            assertEquals(
                    "the serving side blue has a version table already, and is at schema version 1", again.message());

            cutover.run("prepare", "mirror", "backfill", "verify", "flip");
            assertEquals("2", cutover.status().schemaVersion().green());
            assertEquals(List.of("1,x,0"), cutover.green().query("SELECT id || ',' || a || ',' || b FROM v2.t"));
            assertEquals(
                    State.REFUSED,
                    cutover.attempt("baseline", VerbRequest.PLAIN).state());
        }
    }
}
