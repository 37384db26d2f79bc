// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mark;

import dev.cutover.dualwrite.database.TransitionSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Which tenants have marks that are due in a database. One statement asks for all of them. */
public final class MarkedTenants {
    private MarkedTenants() {}

    /** @param tenants those that are asked for, by the schema that their marks lie in */
    public static Set<String> among(Connection connection, Map<TransitionSchema, ? extends Collection<String>> tenants)
            throws SQLException {
        Set<String> marked = new HashSet<>();
        if (tenants.isEmpty()) {
            return marked;
        }
        // An empty table of marks is looked at once and not for each tenant.
        String sql = tenants.keySet().stream()
                .map(schema -> """
                        SELECT tenant FROM unnest(?::text[]) AS asked (tenant)
                        WHERE (SELECT EXISTS (SELECT FROM %1$s))
                          AND EXISTS (
                            SELECT FROM %1$s AS mark
                            WHERE mark.tenant = asked.tenant
                              AND (mark.retry_at IS NULL OR mark.retry_at <= clock_timestamp()))
                        """.formatted(schema.marks()))
                .collect(Collectors.joining(" UNION ALL "));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int parameter = 1;
            for (Collection<String> names : tenants.values()) {
                statement.setArray(parameter++, connection.createArrayOf("text", names.toArray()));
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    marked.add(rows.getString(1));
                }
            }
        }
        return marked;
    }
}
