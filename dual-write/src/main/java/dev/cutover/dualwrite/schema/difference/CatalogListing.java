// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;

/**
 * What a schema's catalog says, a line for each thing: columns, constraints, indexes, triggers, views, sequences, functions and
 * types. Owners, rights, comments and statistics are not in it, nor what a cutover puts there itself for a time.
 *
 * <p>Names of the schema itself are left out, so that two schemas that were made alike have the same lines.
 */
public final class CatalogListing {
    private static final String LINES = """
            WITH relation AS (
                SELECT c.* FROM pg_class c WHERE c.relnamespace = to_regnamespace(?)
                  AND c.relname NOT IN ('flyway_schema_history', 'databasechangelog', 'databasechangeloglock'))
            SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence '
                       ELSE 'table ' END || c.relname
                   || CASE WHEN c.relkind IN ('v', 'm') THEN ' as ' || md5(pg_get_viewdef(c.oid)) ELSE '' END
                   || CASE WHEN c.relkind = 'p' THEN ' partitioned by ' || pg_get_partkeydef(c.oid) ELSE '' END
                   || CASE WHEN c.relispartition THEN ' ' || pg_get_expr(c.relpartbound, c.oid) ELSE '' END
              FROM relation c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            UNION ALL
            SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                   || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                   || CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::text ELSE '' END
                   || CASE WHEN a.attgenerated <> '' THEN ' generated' ELSE '' END
                   || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
              FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
              WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
            UNION ALL
            SELECT 'constraint ' || c.relname || '.' || con.conname || ' '
                   || replace(pg_get_constraintdef(con.oid), ' NOT VALID', '')
              FROM relation c JOIN pg_constraint con ON con.conrelid = c.oid
              WHERE con.contype IN ('p', 'u', 'c', 'x', 'f') AND con.conparentid = 0
            UNION ALL
            SELECT 'constraint ' || (SELECT relname FROM pg_class WHERE oid = to_regclass(p.tbl)) || '.' || p.name || ' '
                   || replace(p.definition, ' NOT VALID', '')
              FROM {parked} p WHERE p.kind = 'FOREIGN KEY' AND to_regclass(p.tbl) IN (SELECT oid FROM relation)
            UNION ALL
            SELECT 'index ' || pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
              FROM relation c JOIN pg_index i ON i.indrelid = c.oid
              WHERE NOT EXISTS (SELECT FROM pg_constraint con WHERE con.conindid = i.indexrelid)
            UNION ALL
            SELECT 'trigger ' || pg_get_triggerdef(t.oid)
              FROM relation c JOIN pg_trigger t ON t.tgrelid = c.oid
              WHERE NOT t.tgisinternal AND t.tgname NOT LIKE 'cutover\\_net\\_%' AND t.tgname <> 'cutover_fence'
            UNION ALL
            SELECT 'function ' || p.oid::regprocedure || ' as ' || md5(pg_get_functiondef(p.oid))
              FROM pg_proc p WHERE p.pronamespace = to_regnamespace(?) AND p.prokind IN ('f', 'p')
            UNION ALL
            SELECT CASE t.typtype WHEN 'e' THEN 'enum ' || t.typname || ' '
                          || (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e
                              WHERE e.enumtypid = t.oid)
                       ELSE 'domain ' || t.typname || ' ' || format_type(t.typbasetype, t.typtypmod)
                          || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END
                          || coalesce((SELECT string_agg(' ' || pg_get_constraintdef(con.oid), '' ORDER BY con.conname)
                                       FROM pg_constraint con WHERE con.contypid = t.oid), '') END
              FROM pg_type t WHERE t.typnamespace = to_regnamespace(?) AND t.typtype IN ('e', 'd')""";

    private CatalogListing() {}

    /** The lines, sorted. Runs in the caller's transaction, whose {@code search_path} it changes. */
    public static List<String> of(Connection connection, TransitionSchema transition, String schema)
            throws SQLException {
        String quoted = SqlText.identifier(schema);
        try (Statement statement = connection.createStatement()) {
            // What is found by it is written without its schema.
            statement.execute("SET LOCAL search_path = " + quoted);
        }
        // As definitions write it that name the schema nevertheless.
        String prefix = Rows.query(connection, "SELECT quote_ident(?) || '.'", row -> row.getString(1), schema)
                .get(0);
        return Rows.query(
                        connection,
                        LINES.replace("{parked}", transition.table("parked")),
                        row -> row.getString(1),
                        Collections.nCopies(3, quoted).toArray(String[]::new))
                .stream()
                .map(line -> line.replace(prefix, ""))
                .sorted()
                .toList();
    }
}
