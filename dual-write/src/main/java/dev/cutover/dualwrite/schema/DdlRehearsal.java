// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema;

import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.database.CatalogLock;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Tries the kinds of DDL that a transition needs where a database has event triggers, and rolls all of it back: whether an event
 * trigger lets them pass is only known by asking it.
 */
public final class DdlRehearsal {
    private static final String EVENT_TRIGGERS = """
            SELECT evtname || ' (function ' || evtfoid::regproc || ')' FROM pg_event_trigger
            WHERE evtenabled IN ('O', 'A') ORDER BY evtname""";

    private static final List<String> SAMPLE = List.of(
            "CREATE TABLE %1$s.cutover_rehearsal (id int PRIMARY KEY)",
            "ALTER TABLE %1$s.cutover_rehearsal ADD COLUMN note text",
            "CREATE FUNCTION %1$s.cutover_rehearsal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER cutover_rehearsal AFTER INSERT ON %1$s.cutover_rehearsal FOR EACH ROW EXECUTE FUNCTION %1$s.cutover_rehearsal()",
            "GRANT SELECT ON %1$s.cutover_rehearsal TO CURRENT_USER",
            "DROP TRIGGER cutover_rehearsal ON %1$s.cutover_rehearsal",
            "DROP TABLE %1$s.cutover_rehearsal",
            "DROP FUNCTION %1$s.cutover_rehearsal()");

    private DdlRehearsal() {}

    /** Names the event triggers that refuse the DDL, with their error. The role must be allowed to create schemas. */
    public static Optional<Obstacle> refused(Connection connection, TransitionSchema transition, String database)
            throws SQLException {
        List<String> triggers = Rows.query(connection, EVENT_TRIGGERS, row -> row.getString(1));
        if (triggers.isEmpty()) {
            return Optional.empty();
        }
        String schema = transition.name();
        connection.setAutoCommit(false);
        try {
            // The sample has the same name for all tenants.
            CatalogLock.take(connection);
            Rows.execute(connection, List.of("SET LOCAL lock_timeout = '2s'", "CREATE SCHEMA IF NOT EXISTS " + schema));
            Rows.execute(
                    connection,
                    SAMPLE.stream().map(sql -> sql.formatted(schema)).toList());
            return Optional.empty();
        } catch (SQLException e) {
            return Optional.of(new Obstacle(
                    "database " + database + " refuses the DDL that a transition needs: " + OneLine.of(e)
                            + "; its event triggers: " + String.join(", ", triggers),
                    "let the event trigger pass the maintenance role, or ALTER EVENT TRIGGER ... DISABLE it until the"
                            + " transition has ended"));
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }
}
