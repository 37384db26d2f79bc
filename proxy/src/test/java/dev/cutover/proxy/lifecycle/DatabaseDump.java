// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** All that databases hold, as text: each object with its identity and its row version, each row, each sequence. */
final class DatabaseDump {
    private static final String OBJECTS = """
            SELECT 'namespace ' || nspname || ' ' || oid || ' ' || xmin || coalesce(nspacl::text, '') FROM pg_namespace
            WHERE nspname NOT LIKE 'pg\\_%'
            UNION ALL SELECT 'relation ' || oid::regclass || ' ' || oid || ' ' || relfilenode || ' ' || relowner || coalesce(relacl::text, '')
            FROM pg_class WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema')
            UNION ALL SELECT 'trigger ' || oid || tgname || tgenabled::text FROM pg_trigger
            UNION ALL SELECT 'constraint ' || oid || conname || convalidated FROM pg_constraint
            UNION ALL SELECT 'function ' || oid || ' ' || xmin FROM pg_proc WHERE oid >= 16384
            UNION ALL SELECT 'sequence ' || schemaname || sequencename || coalesce(last_value::text, '-') FROM pg_sequences
            ORDER BY 1""";

    private static final String ROWS = """
            SELECT c.oid::regclass || query_to_xml('SELECT t::text FROM ' || c.oid::regclass || ' AS t ORDER BY 1', true, false, '')::text
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
              AND c.oid NOT IN (coalesce(to_regclass('cutover.proxy'), 0), coalesce(to_regclass('cutover.work'), 0)) ORDER BY 1""";

    /**
     * A running proxy renews its lease and counts its sessions; the rest of its row does not change. The progress of an earlier
     * operation vanishes a second after its end.
     */
    private static final String PROXIES = """
            SELECT (to_jsonb(p) - '{sessions,renewed_at,lease_until}'::text[])::text FROM cutover.proxy AS p ORDER BY 1""";

    private DatabaseDump() {}

    /** Both sides' databases, and the tenant's row in the control database. */
    static List<String> of(Lifecycle cutover) throws SQLException {
        List<String> dump = new ArrayList<>(of(cutover.app()));
        if (cutover.green() != cutover.app()) {
            dump.addAll(of(cutover.green()));
        }
        dump.addAll(cutover.control().query("SELECT t::text FROM cutover.tenant AS t ORDER BY 1"));
        return dump;
    }

    /** Both sides' databases and the whole control database. */
    static List<String> ofEverything(Lifecycle cutover) throws SQLException {
        List<String> dump = of(cutover);
        dump.addAll(of(cutover.control()));
        dump.addAll(cutover.control().query(PROXIES));
        return dump;
    }

    static List<String> of(TestDatabase database) throws SQLException {
        List<String> dump = new ArrayList<>(database.query(OBJECTS));
        dump.addAll(database.query(ROWS));
        return dump;
    }
}
