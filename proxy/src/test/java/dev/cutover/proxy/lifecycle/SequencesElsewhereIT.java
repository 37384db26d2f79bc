// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sequences that number a side's rows from another schema. */
@ExtendWith(PostgresExtension.class)
class SequencesElsewhereIT {
    /** Both sides' columns count by public.numbers; the second table by sequences of different names. */
    private static final String TABLES = """
            CREATE SEQUENCE public.numbers;
            CREATE SEQUENCE public.old_codes;
            CREATE SEQUENCE public.new_codes;
            CREATE TABLE v1.item (id int PRIMARY KEY DEFAULT nextval('public.numbers'), name text);
            CREATE TABLE v2.item (id int PRIMARY KEY DEFAULT nextval('public.numbers'), name text);
            CREATE TABLE v1.code (id text PRIMARY KEY DEFAULT 'c' || nextval('public.old_codes'), name text);
            CREATE TABLE v2.code (id text PRIMARY KEY DEFAULT 'c' || nextval('public.new_codes'), name text);
            """;

    @Test
    void theyFollowIntoAnotherDatabase(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES);
                Connection client = cutover.connect("acme")) {
            insertSome(client);
            cutover.run("prepare", "mirror", "backfill", "verify");
            insertSome(client);

            cutover.run("flip");
            insertSome(client);
            cutover.run("rollback");
            insertSome(client);

            assertEquals(List.of("40"), cutover.app().query("SELECT count(*) FROM v1.item"));
            assertEquals(List.of("40"), cutover.app().query("SELECT count(*) FROM v1.code"));
        }
    }

    @Test
    void withinOneDatabaseTheCommonOneStaysAsItIs(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE);
                Connection client = cutover.connect("acme")) {
            insertSome(client);
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");

            assertEquals(List.of("10"), cutover.app().query("SELECT last_value FROM public.numbers"));
            insertSome(client);
        }
    }

    private static void insertSome(Connection client) throws Exception {
        try (Statement statement = client.createStatement()) {
            for (int i = 0; i < 10; i++) {
                statement.executeUpdate("INSERT INTO item (name) VALUES ('x')");
                statement.executeUpdate("INSERT INTO code (name) VALUES ('x')");
            }
        }
    }
}
