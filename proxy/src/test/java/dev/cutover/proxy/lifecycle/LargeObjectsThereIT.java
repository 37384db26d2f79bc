// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A large object that a row refers to is on the other side, or the flip names the column. */
@ExtendWith(PostgresExtension.class)
class LargeObjectsThereIT {
    private static final String NAME = "large-objects-there";

    private static final String TABLES = """
            CREATE DOMAIN public.lo AS oid;
            CREATE TABLE v1.doc (id int PRIMARY KEY, body oid, thumb public.lo, pages oid[], kind oid);
            CREATE TABLE v2.doc (id int PRIMARY KEY, body oid, thumb public.lo, pages oid[], kind oid);
            """;

    private static final String ROWS = """
            INSERT INTO v1.doc
            SELECT n, lo_from_bytea(0, 'body'), lo_from_bytea(0, 'thumb'), ARRAY[lo_from_bytea(0, 'page')],
                'pg_class'::regclass FROM generate_series(1, 3) AS n""";

    @Test
    void aColumnOfLargeObjectsStopsAFlipToAnotherDatabase(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.app().execute(ROWS);
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of(
                            "3 values of v1.doc.body refer to large objects that the idle side's database lacks",
                            "3 values of v1.doc.pages refer to large objects that the idle side's database lacks",
                            "3 values of v1.doc.thumb refer to large objects that the idle side's database lacks"),
                    Findings.blocking(cutover, NAME));
            Findings.assertRefused(cutover, "flip", NAME);

            carryLargeObjects(cutover);
            assertEquals(List.of(), Findings.blocking(cutover, NAME));
            cutover.run("flip");
            assertEquals("body", text(cutover, "SELECT convert_from(lo_get(body), 'UTF8') FROM doc WHERE id = 1"));
        }
    }

    @Test
    void aValueOfATableThatInheritsCountsOnce(TestServer server) throws Exception {
        String heirs = TABLES + """
                CREATE TABLE v1.heir (PRIMARY KEY (id)) INHERITS (v1.doc);
                CREATE TABLE v2.heir (PRIMARY KEY (id)) INHERITS (v2.doc);
                """;
        try (Lifecycle cutover = Lifecycle.start(server, heirs, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.app().execute("INSERT INTO v1.heir (id, body) VALUES (1, lo_from_bytea(0, 'body'))");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("1 values of v1.heir.body refer to large objects that the idle side's database lacks"),
                    Findings.blocking(cutover, NAME));
        }
    }

    @Test
    void aLargeObjectMadeSinceTheFlipStopsTheRollback(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");
            text(cutover, "INSERT INTO doc (id, body) VALUES (1, lo_from_bytea(0, 'new')) RETURNING id");

            Findings.assertRefused(cutover, "rollback", NAME);
        }
    }

    @Test
    void withinOneDatabaseBothSidesReferToTheSame(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute(ROWS);
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(List.of(), Findings.blocking(cutover, NAME));
            cutover.run("flip");
            assertEquals("body", text(cutover, "SELECT convert_from(lo_get(body), 'UTF8') FROM doc WHERE id = 1"));
        }
    }

    /** Keeps their numbers, as pg_dump does. */
    private static void carryLargeObjects(Lifecycle cutover) throws Exception {
        String copies =
                "SELECT format('SELECT lo_from_bytea(%s, decode(%L, ''hex''))', oid, encode(lo_get(oid), 'hex'))"
                        + " FROM pg_largeobject_metadata";
        for (String copy : cutover.app().query(copies)) {
            cutover.green().execute(copy);
        }
    }

    private static String text(Lifecycle cutover, String query) throws Exception {
        try (Connection client = cutover.connect("acme");
                Statement statement = client.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
