// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The idle side's database has the serving side's extensions. */
final class SameExtensions implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.SAME_EXTENSIONS;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        if (now.placement() instanceof OneDatabase) {
            return List.of();
        }
        Map<String, String> idle;
        try (Connection other = now.placement().idle().getConnection()) {
            idle = extensions(other);
        }
        List<Finding> findings = new ArrayList<>();
        extensions(connection).forEach((name, version) -> {
            String there = idle.get(name);
            if (there == null) {
                findings.add(blocking(
                        "extension " + name + " is in the serving side's database and not in the idle side's",
                        "CREATE EXTENSION there, if clients need it"));
            } else if (!there.equals(version)) {
                findings.add(note(
                        "extension " + name + " has version " + version + " on the serving side and " + there
                                + " on the idle side",
                        "ALTER EXTENSION " + name + " UPDATE on the older one, unless that is meant"));
            }
        });
        return findings;
    }

    private static Map<String, String> extensions(Connection connection) throws SQLException {
        Map<String, String> extensions = new TreeMap<>();
        Rows.query(
                connection,
                "SELECT extname, extversion FROM pg_extension",
                row -> extensions.put(row.getString(1), row.getString(2)));
        return extensions;
    }
}
