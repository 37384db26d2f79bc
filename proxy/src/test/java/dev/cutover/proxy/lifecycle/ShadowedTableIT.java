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
import org.junit.jupiter.params.provider.ValueSource;

/** A mapped table's name that means another table in this session: what is written there must not reach the idle side. */
@ExtendWith(PostgresExtension.class)
class ShadowedTableIT {
    private static final String TABLES =
            "CREATE TABLE v1.t (id int PRIMARY KEY, n int); CREATE TABLE v2.t (id int PRIMARY KEY, n int);"
                    + "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.t (id int PRIMARY KEY, n int);";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TEMPORARY TABLE t (id int PRIMARY KEY, n int)",
                "DO $$ BEGIN CREATE TEMPORARY TABLE t (id int PRIMARY KEY, n int); END $$",
                "SELECT set_config('search_path', 'elsewhere', false)",
                "SET search_path = elsewhere",
            })
    void itsWritesStayThere(String shadow, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare");
            statement.execute(shadow);
            cutover.run("mirror", "backfill");

            statement.execute("INSERT INTO t VALUES (1, 1)");

            assertEquals(List.of(), cutover.app().query("SELECT n FROM v2.t"));
            cutover.run("verify");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET LOCAL search_path = elsewhere", "SELECT set_config('search_path', 'elsewhere', true)"})
    void untilTheTransactionEnds(String shadow, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill");

            client.setAutoCommit(false);
            statement.execute(shadow);
            statement.execute("INSERT INTO t VALUES (1, 1)");
            client.commit();

            assertEquals(List.of(), cutover.app().query("SELECT n FROM v2.t"));
            cutover.run("verify");
        }
    }
}
