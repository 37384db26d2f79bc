package dev.cutover.dualwrite.database;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.util.List;
import org.flywaydb.core.Flyway;
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

        TransitionSchema.migrate(database.dataSource());

        assertEquals(
                List.of("BLUE -", "BLUE [1]", "BLUE [2]", "GREEN -", "GREEN -", "GREEN [2]"),
                database.query(
                        "SELECT concat(side, ' ', coalesce(key::text, '-')) AS mark FROM cutover.dirty_key ORDER BY 1"));
    }

    @Test
    void noRoleKeepsARightOnTheMarks(TestDatabase database) throws Exception {
        migrateTo(database, "10");
        database.execute("GRANT ALL ON cutover.dirty_key TO PUBLIC");

        TransitionSchema.migrate(database.dataSource());

        assertEquals(
                List.of(),
                database.query("SELECT g.grantee FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS g"
                        + " WHERE c.oid = 'cutover.dirty_key'::regclass AND g.grantee <> c.relowner"));
    }

    private static void migrateTo(TestDatabase database, String version) {
        Flyway.configure()
                .dataSource(database.dataSource())
                .schemas(TransitionSchema.NAME)
                .defaultSchema(TransitionSchema.NAME)
                .table("transition_history")
                .locations("classpath:dev/cutover/dualwrite/sql")
                .target(version)
                .load()
                .migrate();
    }
}
