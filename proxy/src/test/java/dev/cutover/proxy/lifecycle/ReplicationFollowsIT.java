// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Publications and subscriptions of the side that a flip makes idle are named before it. */
@ExtendWith(PostgresExtension.class)
class ReplicationFollowsIT {
    private static final String NAME = "replication-follows";

    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, n int);
            CREATE TABLE v1.other (id int PRIMARY KEY, n int);
            CREATE TABLE v2.item (id int PRIMARY KEY, n int);
            CREATE TABLE v2.other (id int PRIMARY KEY, n int);
            """;

    @Test
    void aPublicationOfATableStopsTheFlip(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.app().execute("CREATE PUBLICATION changes FOR TABLE v1.item, v1.other");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("publication changes publishes v1.item, v1.other and not their counterparts"),
                    Findings.blocking(cutover, NAME));
            Findings.assertRefused(cutover, "flip", NAME);

            cutover.app().execute("ALTER PUBLICATION changes ADD TABLE v2.item");
            assertEquals(
                    List.of("publication changes publishes v1.other and not its counterpart"),
                    Findings.blocking(cutover, NAME));
            cutover.app().execute("ALTER PUBLICATION changes ADD TABLE v2.other");
            cutover.run("flip");
        }
    }

    @Test
    void aPublicationOfASchemaOrOfAllTablesIsLookedAtInEachDatabase(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.app()
                    .execute("CREATE PUBLICATION everything FOR ALL TABLES;"
                            + " CREATE PUBLICATION schemas FOR TABLES IN SCHEMA v1");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of(
                            "publication everything publishes v1.item, v1.other and not their counterparts",
                            "publication schemas publishes v1.item, v1.other and not their counterparts"),
                    Findings.blocking(cutover, NAME));

            cutover.green()
                    .execute("CREATE PUBLICATION everything FOR ALL TABLES;"
                            + " CREATE PUBLICATION schemas FOR TABLE v2.item, v2.other");
            cutover.run("flip");
        }
    }

    @Test
    void aSubscriptionThatWritesATableStopsTheFlip(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            String name = "incoming_" + cutover.app().name();
            cutover.app()
                    .execute("CREATE SUBSCRIPTION " + name
                            + " CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)");
            cutover.app()
                    .execute("INSERT INTO pg_subscription_rel SELECT oid, 'v1.item'::regclass, 'r' FROM pg_subscription"
                            + " WHERE subname = '" + name + "'");
            try {
                cutover.run("prepare", "mirror", "backfill", "verify");

                assertEquals(
                        List.of("subscription " + name + " writes v1.item and not its counterpart"),
                        Findings.blocking(cutover, NAME));
                Findings.assertRefused(cutover, "flip", NAME);
            } finally {
                cutover.app().execute("DROP SUBSCRIPTION " + name);
            }
        }
    }

    @Test
    void aSlotThatDecodesTheDatabaseToLeaveIsNoted() throws Exception {
        try (TestServer logical = TestServer.installed();
                Lifecycle cutover = Lifecycle.start(logical, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.app().query("SELECT pg_create_logical_replication_slot('decoding', 'test_decoding')");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("logical replication slots of the serving side's database send nothing of the idle side's:"
                            + " decoding"),
                    Findings.notes(cutover, NAME));
            assertEquals(List.of(), Findings.blocking(cutover, NAME));
        }
    }
}
