// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.schema.migration.Migration;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Drops a schema with all that is in it, and nothing else. CASCADE would take columns, defaults, views and foreign keys of
 * other schemas along; PostgreSQL does not tell beforehand. So the drop is done, what is gone elsewhere is counted up, and if
 * it is anything the drop is undone: all in one transaction.
 */
public final class SchemaDrop {
    private static final String OBJECTS = """
            SELECT format('%s/%s/%s', o.classid::oid, o.objid, o.objsubid),
                   coalesce((pg_identify_object(o.classid, o.objid, o.objsubid)).type || ' '
                     || (pg_identify_object(o.classid, o.objid, o.objsubid)).identity, 'an object')
            FROM (
              SELECT 'pg_class'::regclass AS classid, c.oid AS objid, 0 AS objsubid, c.relnamespace AS home FROM pg_class c
              UNION ALL SELECT 'pg_class'::regclass, a.attrelid, a.attnum, c.relnamespace
                FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')
              UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, 0, c.relnamespace
                FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
              UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 0, k.connamespace FROM pg_constraint k
              UNION ALL SELECT 'pg_trigger'::regclass, t.oid, 0, c.relnamespace
                FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
              UNION ALL SELECT 'pg_policy'::regclass, p.oid, 0, c.relnamespace
                FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
              UNION ALL SELECT 'pg_proc'::regclass, p.oid, 0, p.pronamespace FROM pg_proc p
              UNION ALL SELECT 'pg_type'::regclass, t.oid, 0, t.typnamespace FROM pg_type t
                WHERE t.typrelid = 0 AND t.typelem = 0
            ) AS o JOIN pg_namespace n ON n.oid = o.home
            WHERE n.nspname <> ? AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
            ORDER BY 2""";

    private SchemaDrop() {}

    /**
     * Drops the schema if it is there and nothing outside of it goes with it.
     *
     * @param connection in a transaction of the caller's
     * @param keep false: undo the drop in any case
     * @return what outside of it would go, too; if there is anything, nothing is dropped
     */
    public static List<String> drop(Connection connection, String schema, boolean keep) throws SQLException {
        Map<String, String> lost = objects(connection, schema);
        Savepoint before = connection.setSavepoint();
        Migration.drop(connection, schema);
        lost.keySet().removeAll(objects(connection, schema).keySet());
        if (!keep || !lost.isEmpty()) {
            connection.rollback(before);
        }
        return List.copyOf(lost.values());
    }

    private static Map<String, String> objects(Connection connection, String schema) throws SQLException {
        Map<String, String> objects = new LinkedHashMap<>();
        for (String[] object :
                Rows.query(connection, OBJECTS, row -> new String[] {row.getString(1), row.getString(2)}, schema)) {
            objects.put(object[0], object[1]);
        }
        return objects;
    }
}
