// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.WorkProgress;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The progress of backfills and verifications, for the status at proxies that do not run them. Safe for use by many threads. */
public final class RunningWork {
    private static final String RECENT = "5 s";

    private final DataSource database;

    RunningWork(DataSource database) {
        this.database = database;
    }

    /** Shows how far this proxy has come. Others see it for a few seconds. */
    public void show(String tenant, WorkProgress progress) throws SQLException {
        try {
            query(
                    "INSERT INTO cutover.work (tenant, body) VALUES (?, ?) ON CONFLICT (tenant) DO UPDATE"
                            + " SET body = excluded.body, seen_at = now() RETURNING body",
                    tenant,
                    Json.mapper().writeValueAsString(progress));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Says that nothing is running. */
    public void clear(String tenant) throws SQLException {
        query("DELETE FROM cutover.work WHERE tenant = ? RETURNING body", tenant);
    }

    /** How far the tenant's leader has come; null if it has shown nothing in the last seconds. */
    public @Nullable WorkProgress of(String tenant) throws SQLException {
        List<String> found = query(
                "SELECT body FROM cutover.work WHERE tenant = ? AND seen_at > now() - interval '" + RECENT + "'",
                tenant);
        try {
            return found.isEmpty() ? null : Json.mapper().readValue(found.get(0), WorkProgress.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the progress of tenant " + tenant + " cannot be read", e);
        }
    }

    private List<String> query(String sql, String... parameters) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(connection, sql, row -> row.getString(1), parameters);
        }
    }
}
