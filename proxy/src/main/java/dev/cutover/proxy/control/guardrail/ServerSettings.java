// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The idle side's server writes as much WAL as the serving side's, which replicas and change feeds need, and has the
 * settings that queries feel.
 */
final class ServerSettings implements Guardrail {
    private static final List<String> WAL_LEVELS = List.of("minimal", "replica", "logical");

    /** Not those that a driver sets for itself at connect. */
    private static final String SETTINGS = "SELECT name, setting FROM pg_settings WHERE name IN ('IntervalStyle',"
            + " 'bytea_output', 'default_text_search_config', 'default_transaction_isolation', 'lc_monetary',"
            + " 'lc_numeric', 'lc_time', 'max_prepared_transactions', 'session_replication_role',"
            + " 'standard_conforming_strings', 'statement_timeout', 'xmlbinary', 'wal_level') ORDER BY name";

    @Override
    public GuardrailName name() {
        return GuardrailName.SERVER_SETTINGS;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        if (now.placement() instanceof OneDatabase) {
            return List.of();
        }
        Map<String, String> serving = settings(connection);
        Map<String, String> idle;
        try (Connection other = now.placement().idle().getConnection()) {
            idle = settings(other);
        }
        List<Finding> findings = new ArrayList<>();
        serving.forEach((name, value) -> {
            String there = idle.getOrDefault(name, "");
            if (name.equals("wal_level")) {
                if (WAL_LEVELS.indexOf(there) < WAL_LEVELS.indexOf(value)) {
                    findings.add(blocking(
                            "wal_level is " + value + " on the serving side's server and " + there
                                    + " on the idle side's: its replicas and change feeds would stop",
                            "set wal_level = " + value + " there and restart it"));
                }
            } else if (!there.equals(value)) {
                findings.add(note(
                        name + " is '" + value + "' for the serving side and '" + there + "' for the idle side",
                        "set it alike, unless that is meant"));
            }
        });
        return findings;
    }

    private static Map<String, String> settings(Connection connection) throws SQLException {
        Map<String, String> settings = new LinkedHashMap<>();
        Rows.query(connection, SETTINGS, row -> settings.put(row.getString(1), row.getString(2)));
        return settings;
    }
}
