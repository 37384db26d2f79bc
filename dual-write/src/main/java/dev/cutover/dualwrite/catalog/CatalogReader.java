// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.catalog;

import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the tables of one schema from PostgreSQL's catalogs (manual, chapter 53): all of them at once. */
public final class CatalogReader {
    /** Ordinary and partitioned tables; a partition belongs to its parent. */
    private static final String TABLES = """
            WITH code AS (
                SELECT d.classid, d.objid FROM pg_depend d
                LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
                JOIN pg_proc p ON p.oid = coalesce(o.oprcode, d.refobjid)
                  AND d.refclassid IN ('pg_operator'::regclass, 'pg_proc'::regclass)
                JOIN pg_language l ON l.oid = p.prolang
                WHERE l.lanname NOT IN ('c', 'internal') AND p.pronamespace <> 'pg_catalog'::regnamespace),
            calling AS (
                SELECT a.adrelid AS relid FROM code JOIN pg_attrdef a ON a.oid = code.objid
                WHERE code.classid = 'pg_attrdef'::regclass
                UNION SELECT i.indrelid FROM code JOIN pg_index i ON i.indexrelid = code.objid
                WHERE code.classid = 'pg_class'::regclass
                UNION SELECT k.conrelid FROM code JOIN pg_constraint k ON k.oid = code.objid
                WHERE code.classid = 'pg_constraint'::regclass
                UNION SELECT a.attrelid FROM code JOIN pg_constraint k ON k.oid = code.objid
                JOIN pg_attribute a ON a.atttypid = k.contypid
                WHERE code.classid = 'pg_constraint'::regclass
                UNION SELECT a.attrelid FROM pg_cast k JOIN pg_proc p ON p.oid = k.castfunc
                JOIN pg_language l ON l.oid = p.prolang JOIN pg_attribute a ON a.atttypid IN (k.castsource, k.casttarget)
                WHERE k.castcontext IN ('a', 'i') AND l.lanname NOT IN ('c', 'internal')
                  AND p.pronamespace <> 'pg_catalog'::regnamespace)
            SELECT c.oid, c.relname,
                   CASE WHEN c.relhasrules THEN 'it has rules'
                        WHEN c.relrowsecurity THEN 'it has row security'
                        WHEN c.oid IN (SELECT relid FROM calling)
                        THEN 'a default, check, index, domain, cast or generated column of it calls a user''s function'
                        WHEN c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits h
                             WHERE h.inhparent = c.oid OR h.inhrelid = c.oid) THEN 'it takes part in inheritance'
                   END,
                   c.relkind = 'p', c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            ORDER BY c.relname""";

    /** What {@link UserNames} holds, a kind and a name each. */
    private static final String USER_NAMES = """
            WITH code AS (
                SELECT p.oid, p.proname, p.pronargs - p.pronargdefaults AS least, p.pronargs AS most, p.proargtypes[0] AS first
                FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE (l.lanname NOT IN ('c', 'internal') OR p.prokind = 'a') AND n.nspname <> 'pg_catalog'
                  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype))
            SELECT 'functions', proname FROM code
            UNION SELECT 'attributes', code.proname FROM code JOIN pg_type t ON t.oid = code.first
                WHERE t.typtype IN ('c', 'p') AND code.least <= 1 AND code.most >= 1
            UNION SELECT 'operators', o.oprname FROM pg_operator o JOIN code ON code.oid = o.oprcode
            UNION SELECT 'types', t.typname FROM pg_cast k JOIN code ON code.oid = k.castfunc
                JOIN pg_type t ON t.oid IN (k.castsource, k.casttarget)""";

    /**
     * A B-tree's operator class tells by its fourth support function, equalimage, whether equal values are identical (manual,
     * "B-Tree Support Functions"). All of PostgreSQL's own answer yes, but that of strings asks the collation.
     */
    private static final String COLUMNS = """
            SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '',
                   NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '', a.attidentity = 'a',
                   NOT EXISTS (
                       SELECT FROM pg_index i
                       CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[])
                           AS k(attnum, opclass, coll)
                       JOIN pg_opclass o ON o.oid = k.opclass
                       LEFT JOIN pg_collation c ON c.oid = k.coll
                       WHERE i.indrelid = a.attrelid AND i.indisunique AND k.attnum = a.attnum AND NOT EXISTS (
                           SELECT FROM pg_amproc p
                           WHERE p.amprocfamily = o.opcfamily AND p.amproclefttype = o.opcintype
                             AND p.amprocrighttype = o.opcintype AND p.amprocnum = 4
                             AND (p.amproc = 'btequalimage'::regproc
                                  OR p.amproc = 'btvarstrequalimage'::regproc AND coalesce(c.collisdeterministic, true))))
            FROM pg_attribute a
            WHERE a.attrelid = ANY (?) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum""";

    /**
     * In the order of {@link Table#keys}, so that the same one is taken each time. From version 18 on, a column may be NOT NULL without
     * a look at the rows that were there before (NOT VALID).
     */
    private static final String KEYS = """
            SELECT i.indrelid, array_agg(a.attname::text ORDER BY k.position)
            FROM pg_index i
            CROSS JOIN LATERAL unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k(attnum, position)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = ANY (?) AND i.indisunique AND NOT i.indisexclusion AND i.indimmediate AND i.indisvalid
              AND i.indpred IS NULL AND i.indexprs IS NULL
            GROUP BY i.indrelid, i.indexrelid, i.indisprimary, i.indisreplident
            HAVING bool_and(a.attnotnull AND NOT EXISTS (
                SELECT FROM pg_constraint n
                WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey[1] = a.attnum AND NOT n.convalidated))
            ORDER BY i.indisprimary DESC, i.indisreplident DESC, 2""";

    /** Whatever a name without a schema can find: relations, types, functions, operators, collations. */
    private static final String EMPTY_SCHEMAS = """
            SELECT n.nspname FROM pg_namespace n
            WHERE n.nspname = ANY (string_to_array(?, chr(1)))
              AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid)
              AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = n.oid)
              AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid)
              AND NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprnamespace = n.oid)
              AND NOT EXISTS (SELECT FROM pg_collation c WHERE c.collnamespace = n.oid)""";

    private CatalogReader() {}

    /** Those of the schemas that exist and hold nothing that a name could find. */
    public static Set<String> emptySchemas(Connection connection, List<String> schemas) throws SQLException {
        return Set.copyOf(
                Rows.query(connection, EMPTY_SCHEMAS, row -> row.getString(1), String.join("\u0001", schemas)));
    }

    /** The schema's tables by name; migration tools' own history tables are left out. */
    public static Map<String, Table> read(Connection connection, String schema) throws SQLException {
        String searchPath = setSearchPath(connection, "pg_catalog");
        try {
            return tables(connection, schema);
        } finally {
            setSearchPath(connection, searchPath);
        }
    }

    /** The names by which a statement could run a user's function, wherever in the database that lies. */
    public static UserNames userNames(Connection connection) throws SQLException {
        Map<String, Set<String>> names = new HashMap<>();
        Rows.query(connection, USER_NAMES, row -> names.computeIfAbsent(row.getString(1), kind -> new HashSet<>())
                .add(row.getString(2)));
        return new UserNames(
                names.getOrDefault("functions", Set.of()),
                names.getOrDefault("attributes", Set.of()),
                names.getOrDefault("operators", Set.of()),
                names.getOrDefault("types", Set.of()));
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
        Map<Long, Found> found = new LinkedHashMap<>();
        Rows.query(
                        connection,
                        TABLES,
                        row -> new Found(
                                row.getLong(1),
                                row.getString(2),
                                Optional.ofNullable(row.getString(3)),
                                row.getBoolean(4),
                                row.getBoolean(5)),
                        schema)
                .stream()
                .filter(table -> !SchemaHistory.isHistoryTable(table.name))
                .forEach(table -> found.put(table.oid, table));
        addColumns(connection, found);
        addKeys(connection, found);
        Map<String, Table> tables = new LinkedHashMap<>();
        found.values().forEach(table -> tables.put(table.name, table.table()));
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

    private static void addColumns(Connection connection, Map<Long, Found> found) throws SQLException {
        ofEach(
                connection,
                COLUMNS,
                found,
                (table, row) -> table.columns.add(new Column(
                        row.getString(2),
                        row.getString(3),
                        row.getBoolean(4),
                        row.getBoolean(5),
                        row.getBoolean(6),
                        row.getBoolean(7))));
    }

    private static void addKeys(Connection connection, Map<Long, Found> found) throws SQLException {
        ofEach(connection, KEYS, found, (table, row) -> table.keys.add(strings(row.getArray(2))));
    }

    /** What a row of a query says of its table. */
    @FunctionalInterface
    private interface Detail {
        void read(Found table, ResultSet row) throws SQLException;
    }

    /** Runs a query for all tables, whose parameter is their OIDs and whose first column is one of them. */
    private static void ofEach(Connection connection, String sql, Map<Long, Found> found, Detail detail)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("oid", found.keySet().toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Found table = found.get(rows.getLong(1));
                    if (table != null) {
                        detail.read(table, rows);
                    }
                }
            }
        }
    }

    private static List<String> strings(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }

    /** A table that is being read. */
    private static final class Found {
        private final long oid;
        private final String name;
        private final Optional<String> unmirrorable;
        private final boolean partitioned;
        private final boolean inherits;
        private final List<Column> columns = new ArrayList<>();
        private final List<List<String>> keys = new ArrayList<>();

        Found(long oid, String name, Optional<String> unmirrorable, boolean partitioned, boolean inherits) {
            this.oid = oid;
            this.name = name;
            this.unmirrorable = unmirrorable;
            this.partitioned = partitioned;
            this.inherits = inherits;
        }

        Table table() {
            return new Table(name, columns, keys, unmirrorable, partitioned, inherits);
        }
    }
}
