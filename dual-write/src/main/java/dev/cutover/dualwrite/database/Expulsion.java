// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import dev.cutover.config.time.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/**
 * Keeps a proxy that was stopped, or cut off, out of a database in which another proxy has taken over.
 *
 * <p>Why nothing of the stopped proxy comes late. Its name is recorded first. Then its maintenance sessions, which their application
 * name tells, are ended; so what they had not committed never will be. A session that it opens afterwards looks for its name before
 * it does anything else ({@link #refuse}). A session that has looked before the name was recorded is there, and is ended.
 */
public final class Expulsion {
    /** Begins the application name of maintenance sessions; the proxy's id follows. */
    public static final String APPLICATION = "cutover maintenance ";

    private static final String TABLE = "expelled";
    private static final String MARKS = "dirty_key";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long PAUSE_MILLIS = 20;

    /** Looks into all schemas of marks that the role owns: reading a stranger's table may run the stranger's code. Parameter: the proxy. */
    private static final String REFUSE = """
            DO $refuse$
            DECLARE
                listed boolean;
                place regclass;
            BEGIN
                FOR place IN
                    SELECT c.oid FROM pg_class c WHERE c.relname = 'expelled' AND c.relkind = 'r'
                      AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
                      AND EXISTS (
                        SELECT FROM pg_class m WHERE m.relnamespace = c.relnamespace AND m.relname = 'dirty_key')
                LOOP
                    EXECUTE format('SELECT EXISTS (SELECT FROM %%s WHERE proxy = %%L)', place, %s) INTO listed;
                    IF listed THEN
                        RAISE EXCEPTION 'another proxy has taken over from this one' USING ERRCODE = '57P01';
                    END IF;
                END LOOP;
            END $refuse$""";

    private Expulsion() {}

    /**
     * Expels a proxy from the database. Safe to repeat.
     *
     * @return whether that is recorded there. In a database without a schema of marks it is not: it is to be done again later
     * @throws SQLException if its sessions do not end in time
     */
    public static boolean expel(DataSource database, TransitionSchema transition, String proxy)
            throws SQLException, InterruptedException {
        if (isOfAnOlderVersion(database, transition, proxy)) {
            transition.migrate(database);
        }
        try (Connection connection = database.getConnection()) {
            boolean recorded = transition.has(connection, TABLE);
            if (recorded) {
                Rows.query(
                        connection,
                        "INSERT INTO " + transition.table(TABLE) + " (proxy) VALUES (?) ON CONFLICT DO NOTHING"
                                + " RETURNING proxy",
                        row -> row.getString(1),
                        proxy);
            }
            end(connection, proxy);
            return recorded;
        }
    }

    /** Then the proxy's sessions have been ended: one of them might hold the lock that a migration takes. */
    private static boolean isOfAnOlderVersion(DataSource database, TransitionSchema transition, String proxy)
            throws SQLException, InterruptedException {
        try (Connection connection = database.getConnection()) {
            if (!transition.has(connection, MARKS) || transition.has(connection, TABLE)) {
                return false;
            }
            end(connection, proxy);
            return true;
        }
    }

    private static void end(Connection connection, String proxy) throws SQLException, InterruptedException {
        Deadline deadline = Deadline.after(PATIENCE);
        while (!ended(connection, proxy)) {
            if (deadline.passed()) {
                throw new SQLException("the sessions of the proxy before do not end", "55006");
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private static boolean ended(Connection connection, String proxy) throws SQLException {
        return Rows.query(
                        connection,
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?"
                                + " AND datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()",
                        row -> row.getBoolean(1),
                        APPLICATION + proxy)
                .isEmpty();
    }

    /** Before anything else in a new maintenance session. @throws SQLException if the proxy was expelled here */
    public static void refuse(Connection connection, String proxy) throws SQLException {
        // The role may have settings of its own, and the session's have not been made yet.
        Rows.execute(
                connection,
                List.of("SET statement_timeout = 0", REFUSE.formatted("'" + proxy.replace("'", "''") + "'")));
    }
}
