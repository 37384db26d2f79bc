// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nobody knows what the bytes of a text mean in a database of encoding SQL_ASCII. */
@ExtendWith(PostgresExtension.class)
class EncodingKnownIT {
    private static final String TABLES = """
            CREATE TABLE v1.t (id text PRIMARY KEY);
            CREATE TABLE v2.t (id text PRIMARY KEY);
            INSERT INTO v1.t VALUES ('plain');
            """;

    @Test
    void aDatabaseWithoutAnEncodingStopsTheFlip(TestServer server) throws Exception {
        TestDatabase template = server.createDatabase();
        String name = template.name() + "_ascii";
        template.execute(
                "CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
        try (Lifecycle cutover = Lifecycle.startIn(new TestDatabase(server, name), TABLES)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);

            assertEquals(Operation.State.REFUSED, flip.state(), flip::message);
            assertTrue(
                    flip.findings().toString().contains("database " + name + " has the encoding SQL_ASCII"),
                    flip::toString);
            cutover.forcedFlip("encoding-known");
        }
    }
}
