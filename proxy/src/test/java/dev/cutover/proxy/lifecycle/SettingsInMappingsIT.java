// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client's settings do not decide what the idle side gets. */
@ExtendWith(PostgresExtension.class)
class SettingsInMappingsIT {
    private static final String TABLES = """
            CREATE TYPE v1.mood AS ENUM ('ok', 'sad');
            CREATE TYPE v2.mood AS ENUM ('ok', 'sad');
            CREATE TABLE v1.events (id int PRIMARY KEY, at timestamptz, day date, weight float8);
            CREATE TABLE v2.events (id int PRIMARY KEY, at timestamp, day text, weight text);
            CREATE TABLE v1.plain (id int PRIMARY KEY, feels v1.mood, n int, name varchar(10));
            CREATE TABLE v2.plain (id bigint PRIMARY KEY, feels v2.mood, n bigint, name text);
            """;

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aClientsSettingsDoNotReachTheIdleSide(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            statement.execute("SET TimeZone = 'Asia/Kolkata'");
            statement.execute("SET DateStyle = 'ISO, DMY'");
            statement.execute("SET extra_float_digits = 0");
            cutover.run("prepare", "mirror", "backfill", "verify");

            statement.execute("INSERT INTO events VALUES (1, '2024-03-01 03:30:00', '02/01/2024', 0.1::float8 + 0.2)");
            cutover.awaitNoMarks();
            assertEquals(
                    List.of("2024-02-29 22:00:00,2024-01-02,0.30000000000000004"),
                    cutover.database("v2").query("SELECT at || ',' || day || ',' || weight FROM v2.events"));
            statement.execute("INSERT INTO plain VALUES (1, 'ok', 2, 'x')");
            assertEquals(
                    layout == Layout.INLINE ? 1 : 2,
                    cutover.planned("mirrored"),
                    "a table is left to the net if an inline write would compute what depends on settings");

            cutover.run("verify", "flip");
            statement.execute("INSERT INTO events VALUES (2, '2024-03-01 22:00:00', '2024-01-02', '1.5')");
            cutover.awaitNoMarks();
            assertEquals(
                    List.of("2024-03-01 22:00:00"),
                    cutover.database("v1").query("SELECT (at AT TIME ZONE 'UTC')::text FROM v1.events WHERE id = 2"));
            cutover.run("verify", "rollback");
        }
    }
}
