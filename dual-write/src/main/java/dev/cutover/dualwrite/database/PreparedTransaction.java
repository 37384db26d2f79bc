// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/**
 * A transaction in phase 1 of two-phase commit: what it wrote becomes visible with {@code COMMIT PREPARED}, whenever that comes.
 *
 * @param gid the name that the client gave it
 * @param owner the role that prepared it
 * @param since when it was prepared
 * @param tables the tables that it locks as a writer; empty for none
 */
public record PreparedTransaction(String gid, String owner, Instant since, String tables) {
    /**
     * A prepared transaction keeps the virtual transaction id of its session, or gets {@code -1/xid} from a restart. The
     * lock on its own transaction id leads to either. Partitions may lie in other schemas than their table.
     */
    private static final String WRITERS = """
            WITH RECURSIVE own AS (
                SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname IN (?, ?) AND c.relkind IN ('r', 'p')
                UNION
                SELECT h.inhrelid FROM pg_inherits h JOIN own ON own.oid = h.inhparent)
            SELECT p.gid, p.owner, p.prepared,
                   string_agg(DISTINCT format('%s.%s', n.nspname, c.relname), ', ')
            FROM pg_prepared_xacts p
            JOIN pg_locks x ON x.locktype = 'transactionid' AND x.transactionid = p.transaction AND x.pid IS NULL
            JOIN pg_locks l ON l.virtualtransaction = x.virtualtransaction AND l.pid IS NULL
            JOIN own ON own.oid = l.relation
            JOIN pg_class c ON c.oid = own.oid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE p.database = current_database() AND l.locktype = 'relation'
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
            GROUP BY p.gid, p.owner, p.prepared
            ORDER BY p.prepared, p.gid""";

    /** A transaction that locked a table of somebody else is somebody else's. */
    private static final String OTHERS_EXCLUDED = """
            SELECT p.gid, p.owner, p.prepared FROM pg_prepared_xacts p
            JOIN pg_locks x ON x.locktype = 'transactionid' AND x.transactionid = p.transaction AND x.pid IS NULL
            WHERE p.database = current_database() AND NOT EXISTS (
                SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE l.virtualtransaction = x.virtualtransaction AND l.pid IS NULL AND l.locktype = 'relation'
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND n.nspname <> ? AND n.nspname NOT LIKE 'pg\\_%')
            ORDER BY p.prepared, p.gid""";

    /**
     * Those of the connection's database that have written nothing and may be of the clients of a schema: they locked no table, or
     * only tables of that schema. Nothing is lost with them, but their {@code COMMIT PREPARED} works in this database only.
     */
    public static List<PreparedTransaction> leftIn(Connection connection, String schema) throws SQLException {
        return Rows.query(
                connection,
                OTHERS_EXCLUDED,
                row -> new PreparedTransaction(
                        row.getString(1), row.getString(2), row.getTimestamp(3).toInstant(), ""),
                schema);
    }

    /** Those of the connection's database that may write tables of two schemas, the oldest first. */
    public static List<PreparedTransaction> writing(Connection connection, String schema, String other)
            throws SQLException {
        return Rows.query(
                connection,
                WRITERS,
                row -> new PreparedTransaction(
                        row.getString(1), row.getString(2), row.getTimestamp(3).toInstant(), row.getString(4)),
                schema,
                other);
    }
}
