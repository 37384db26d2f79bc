// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.net;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** What of the net does not stand as it was installed, for all tables of a side in one look. */
final class NetGaps {
    /** What should stand on a table. @param function its signature; @param body its text; @param view for clients' marks */
    record Stand(String schema, String table, String qualifiedName, String function, String body, String view) {}

    /** @param what a trigger's name, or the function's signature */
    record Gap(String table, String what) {
        @Override
        public String toString() {
            return table + ": " + what;
        }
    }

    /**
     * A partitioned table's partitions must have all three as well: PostgreSQL copies row triggers to them, but somebody may
     * have disabled a copy; and a partition that is newer than the net has no trigger for its TRUNCATE.
     */
    private static final String SQL = """
            WITH stand AS (
                SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
                    WITH ORDINALITY AS stand(shown, tbl, function, body, view, place))
            SELECT coalesce(n.nspname || '.' || c.relname, stand.shown), needed.name, stand.place
            FROM stand
            CROSS JOIN LATERAL (
                SELECT to_regclass(stand.tbl)::oid
                UNION SELECT relid::oid FROM pg_partition_tree(to_regclass(stand.tbl))) AS part(relid)
            LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) ON c.oid = part.relid
            CROSS JOIN unnest(?::text[]) AS needed(name)
            WHERE NOT EXISTS (
                SELECT FROM pg_trigger t
                WHERE t.tgrelid = part.relid AND t.tgname = needed.name AND t.tgenabled = 'A'
                  AND t.tgfoid = to_regprocedure(stand.function)
                  AND (needed.name <> ? OR position(? in pg_get_triggerdef(t.oid)) > 0))
            UNION ALL
            SELECT stand.shown, stand.function, stand.place FROM stand
            WHERE NOT EXISTS (
                SELECT FROM pg_proc p
                WHERE p.oid = to_regprocedure(stand.function) AND p.prosrc = stand.body AND p.prosecdef
                  AND NOT EXISTS (
                    SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
                    WHERE g.grantee <> p.proowner))
            UNION ALL
            SELECT stand.shown, stand.view, stand.place FROM stand WHERE to_regclass(stand.view) IS NULL
            ORDER BY 3, 1, 2""";

    private NetGaps() {}

    /** @param digest of the token that the condition of the row trigger must look for */
    static List<Gap> of(Connection connection, Collection<Stand> stands, String digest) throws SQLException {
        List<Gap> gaps = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(SQL)) {
            statement.setArray(
                    1, texts(connection, stands.stream().map(stand -> stand.schema() + "." + stand.table())));
            statement.setArray(2, texts(connection, stands.stream().map(Stand::qualifiedName)));
            statement.setArray(3, texts(connection, stands.stream().map(Stand::function)));
            statement.setArray(4, texts(connection, stands.stream().map(Stand::body)));
            statement.setArray(5, texts(connection, stands.stream().map(Stand::view)));
            statement.setArray(6, texts(connection, NetTriggers.ALL.stream()));
            statement.setString(7, NetTriggers.ROW);
            statement.setString(8, digest);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    gaps.add(new Gap(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return gaps;
    }

    private static Array texts(Connection connection, Stream<String> texts) throws SQLException {
        return connection.createArrayOf("text", texts.toArray());
    }
}
