package dev.cutover.dualwrite.plan;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.plan.Table.Column;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the tables of one schema from PostgreSQL's catalogs (manual, chapter 53). */
public final class CatalogReader {
    /** Ordinary and partitioned tables; a partition belongs to its parent. */
    private static final String TABLES = """
            SELECT c.oid, c.relname,
                   CASE WHEN c.relhasrules THEN 'it has rules'
                        WHEN c.relrowsecurity THEN 'it has row security'
                        WHEN c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits h
                             WHERE h.inhparent = c.oid OR h.inhrelid = c.oid) THEN 'it takes part in inheritance'
                   END
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            ORDER BY c.relname""";

    private static final String COLUMNS = """
            SELECT attname, format_type(atttypid, atttypmod), attgenerated <> '',
                   NOT attnotnull OR atthasdef OR attidentity <> '', attidentity = 'a'
            FROM pg_attribute WHERE attrelid = ? AND attnum > 0 AND NOT attisdropped ORDER BY attnum""";

    private static final String KEYS = """
            SELECT i.indisprimary, array_agg(a.attname::text ORDER BY k.position)
            FROM pg_index i
            CROSS JOIN LATERAL unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k(attnum, position)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = ? AND i.indisunique AND i.indimmediate AND i.indisvalid
              AND i.indpred IS NULL AND i.indexprs IS NULL
            GROUP BY i.indexrelid, i.indisprimary""";

    private CatalogReader() {}

    /** The schema's tables by name; migration tools' own history tables are left out. */
    public static Map<String, Table> read(Connection connection, String schema) throws SQLException {
        String searchPath = setSearchPath(connection, "pg_catalog");
        try {
            return tables(connection, schema);
        } finally {
            setSearchPath(connection, searchPath);
        }
    }

    /** With pg_catalog alone, the name of every type that is not PostgreSQL's own comes with its schema. */
    private static String setSearchPath(Connection connection, String searchPath) throws SQLException {
        return Rows.query(
                        connection,
                        "SELECT before, set_config('search_path', ?, false)"
                                + " FROM (SELECT current_setting('search_path') AS before OFFSET 0) AS path",
                        row -> row.getString(1),
                        searchPath)
                .get(0);
    }

    private static Map<String, Table> tables(Connection connection, String schema) throws SQLException {
        Map<String, Table> tables = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
            statement.setString(1, schema);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String name = rows.getString(2);
                    if (!SchemaHistory.isHistoryTable(name)) {
                        tables.put(name, table(connection, rows.getLong(1), name, rows.getString(3)));
                    }
                }
            }
        }
        return tables;
    }

    /** Whether the schema exists. */
    public static boolean schemaExists(Connection connection, String schema) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT FROM pg_namespace WHERE nspname = ?")) {
            statement.setString(1, schema);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    private static Table table(Connection connection, long oid, String name, @Nullable String unmirrorable)
            throws SQLException {
        List<Column> columns = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(new Column(
                            rows.getString(1),
                            rows.getString(2),
                            rows.getBoolean(3),
                            rows.getBoolean(4),
                            rows.getBoolean(5)));
                }
            }
        }
        List<String> primaryKey = List.of();
        List<Set<String>> uniqueKeys = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(KEYS)) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    List<String> key = strings(rows.getArray(2));
                    uniqueKeys.add(Set.copyOf(key));
                    if (rows.getBoolean(1)) {
                        primaryKey = key;
                    }
                }
            }
        }
        return new Table(name, columns, primaryKey, uniqueKeys, Optional.ofNullable(unmirrorable));
    }

    private static List<String> strings(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
