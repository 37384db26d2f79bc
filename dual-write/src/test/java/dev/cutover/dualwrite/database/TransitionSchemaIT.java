// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An existing schema {@code cutover} is upgraded with what lies in it. */
@ExtendWith(PostgresExtension.class)
class TransitionSchemaIT {
    @Test
    void marksThatResyncCannotReadBecomeMarksThatItCan(TestDatabase database) throws Exception {
        migrateTo(database, "10");
        database.execute("INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('a', 'BLUE', 't', '[1]'),"
                + " ('a', 'PURPLE', 't', '[2]'), ('a', 'GREEN', 't', '{\"x\": 3}'), ('a', '', 't', 'null')");

        TransitionSchema.USUAL.migrate(database.dataSource());

        assertEquals(
                List.of("BLUE -", "BLUE [1]", "BLUE [2]", "GREEN -", "GREEN -", "GREEN [2]"),
                database.query(
                        "SELECT concat(side, ' ', coalesce(key::text, '-')) AS mark FROM cutover.dirty_key ORDER BY 1"));
    }

    /** A pool would miss it for ever. The server is lost at the first to the fourth connection, and at each of their statements. */
    @Test
    void noConnectionStaysOpenIfTheServerIsLost(TestDatabase database) throws Exception {
        TransitionSchema.USUAL.migrate(database.dataSource());
        for (int lost = 1; lost <= 40; lost++) {
            List<Connection> opened = new ArrayList<>();
            AtomicInteger left = new AtomicInteger(lost);
            DataSource failing = stub(DataSource.class, (self, method, arguments) -> {
                if (!method.getName().equals("getConnection")) {
                    return method.invoke(database.dataSource(), arguments);
                }
                Connection connection = database.connect();
                opened.add(connection);
                return stub(Connection.class, (lent, call, with) -> {
                    if (call.getName().endsWith("Statement") && left.decrementAndGet() == 0) {
                        throw new SQLException("the server is gone", "08006");
                    }
                    try {
                        return call.invoke(connection, with);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
            });
            try {
                TransitionSchema.USUAL.migrate(failing);
            } catch (FlywayException e) {
                // As it should.
            }
            for (Connection connection : opened) {
                assertTrue(connection.isClosed(), "statement " + lost + " of " + opened.size() + " connections");
            }
        }
    }

    private static <T> T stub(Class<T> type, InvocationHandler calls) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, calls));
    }

    @Test
    void noRoleKeepsARightOnTheMarks(TestDatabase database) throws Exception {
        migrateTo(database, "10");
        database.execute("GRANT ALL ON cutover.dirty_key TO PUBLIC");

        TransitionSchema.USUAL.migrate(database.dataSource());

        assertEquals(List.of(), grants(database));
    }

    /** A DBA's ALTER DEFAULT PRIVILEGES gives rights on everything that the maintenance role makes. */
    @Test
    void defaultPrivilegesGiveNoRight(TestDatabase database) throws Exception {
        database.execute("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;"
                + " ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO PUBLIC;"
                + " ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO pg_monitor");

        TransitionSchema.USUAL.migrate(database.dataSource());

        assertEquals(List.of(), grants(database));
    }

    @Test
    void aRightThatSomebodyGivesIsFound(TestDatabase database) throws Exception {
        TransitionSchema.USUAL.migrate(database.dataSource());
        database.execute(
                "GRANT UPDATE (tenant), SELECT ON cutover.dirty_key TO pg_monitor;"
                        + " GRANT EXECUTE ON FUNCTION cutover.fence() TO PUBLIC; GRANT CREATE, USAGE ON SCHEMA cutover TO PUBLIC");

        try (Connection connection = database.connect()) {
            assertEquals(
                    List.of(
                            "REVOKE EXECUTE ON FUNCTION cutover.fence() FROM PUBLIC CASCADE",
                            "REVOKE CREATE ON SCHEMA cutover FROM PUBLIC CASCADE",
                            "REVOKE SELECT, UPDATE ON TABLE cutover.dirty_key FROM pg_monitor CASCADE"),
                    TransitionGrants.find(connection, "cutover").stream()
                            .flatMap(excess -> excess.revoke().stream())
                            .toList());
            TransitionGrants.revoke(connection, "cutover");
            assertEquals(List.of(), TransitionGrants.find(connection, "cutover"));
        }
    }

    private static List<String> grants(TestDatabase database) throws SQLException {
        return database.query("SELECT concat(c.relname, ' ', g.privilege_type) FROM pg_class c"
                + " CROSS JOIN LATERAL aclexplode(c.relacl) AS g"
                + " WHERE c.relnamespace = 'cutover'::regnamespace AND g.grantee <> c.relowner"
                + " UNION ALL SELECT concat(p.oid::regprocedure, ' ', g.privilege_type) FROM pg_proc p"
                + " CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g"
                + " WHERE p.pronamespace = 'cutover'::regnamespace AND g.grantee <> p.proowner"
                + " AND p.proname <> 'unmirrored'");
    }

    private static void migrateTo(TestDatabase database, String version) {
        Flyway.configure()
                .dataSource(database.dataSource())
                .schemas(TransitionSchema.USUAL.name())
                .defaultSchema(TransitionSchema.USUAL.name())
                .table("transition_history")
                .locations("classpath:dev/cutover/dualwrite/sql")
                .target(version)
                .load()
                .migrate();
    }
}
