// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.adminapi.Json;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.proxy.control.tenant.ReadOutcome;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.route.ClientFigures;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Writes down, at each proxy, how the clients of tenants that move in a campaign fare there. A tenant that moves in none costs nothing.
 * Not for several threads, but for {@link #between}.
 */
final class FigureTaker {
    private static final TypeReference<Map<Integer, Long>> BUCKETS = new TypeReference<>() {};
    /** No gate looks back for longer. */
    private static final String LONGEST_OVER = "1 hour";

    private final DataSource database;
    private final Function<String, @Nullable Tenant> tenants;
    private final ObjectMapper json = Json.mapper();
    /** How many compared reads of a tenant had differed when its figures were written down. */
    private final Map<Tenant, Long> readsDiffered = new WeakHashMap<>();

    private Set<String> watched = Set.of();

    FigureTaker(DataSource database, Function<String, @Nullable Tenant> tenants) {
        this.database = database;
        this.tenants = tenants;
    }

    /** Writes down what has happened since the last time. @param proxy this one's id */
    void take(String proxy) throws SQLException {
        Set<String> moving;
        try (Connection connection = database.getConnection()) {
            moving = new HashSet<>(Rows.query(
                    connection,
                    "SELECT tenant FROM cutover.campaign_tenant WHERE ended_at IS NULL AND state IN ('MOVING', 'BAKING')",
                    row -> row.getString(1)));
        }
        for (String name : watched) {
            Tenant tenant = moving.contains(name) ? null : tenants.apply(name);
            if (tenant != null) {
                tenant.routing().figures(null);
            }
        }
        for (String name : moving) {
            Tenant tenant = tenants.apply(name);
            // One that was removed and added again is another one.
            if (tenant != null && tenant.routing().figures() == null) {
                tenant.routing().figures(new ClientFigures());
                readsDiffered.put(tenant, different(tenant));
            }
        }
        watched = moving;
        if (!moving.isEmpty()) {
            write(proxy);
        }
    }

    /** A read that differs is told until that has succeeded. */
    private void write(String proxy) throws SQLException {
        Map<Tenant, Long> told = new HashMap<>();
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO cutover.client_figures (tenant, proxy, errors, latencies, reads_differ) VALUES (?, ?, ?, ?, ?)"
                                + " ON CONFLICT DO NOTHING")) {
            for (String name : watched) {
                Tenant tenant = tenants.apply(name);
                ClientFigures figures = tenant == null ? null : tenant.routing().figures();
                if (figures != null) {
                    ClientFigures.Taken taken = figures.take();
                    insert.setString(1, name);
                    insert.setString(2, proxy);
                    insert.setLong(3, taken.errors());
                    insert.setString(4, json.writeValueAsString(taken.latencies()));
                    long different = different(tenant);
                    insert.setLong(5, different - readsDiffered.getOrDefault(tenant, 0L));
                    told.put(tenant, different);
                    insert.addBatch();
                }
            }
            insert.executeBatch();
            readsDiffered.putAll(told);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long different(Tenant tenant) {
        return tenant.readTotals().of(ReadOutcome.DIFFERENT).sum();
    }

    /** How the tenant's clients fared at all proxies. @param from excluded @param to included */
    FigureSums between(String tenant, Instant from, Instant to) throws SQLException {
        FigureSums figures = new FigureSums();
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement(
                        "SELECT errors, latencies, reads_differ FROM cutover.client_figures WHERE tenant = ? AND at > ? AND at <= ?")) {
            query.setString(1, tenant);
            query.setTimestamp(2, Timestamp.from(from));
            query.setTimestamp(3, Timestamp.from(to));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    figures.add(rows.getLong(1), json.readValue(rows.getString(2), BUCKETS), rows.getLong(3));
                }
            }
            return figures;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the figures of tenant " + tenant + " cannot be read", e);
        }
    }

    /** Deletes what no gate will ask for: all but the last hour before each flip, and the last hour of what still moves. */
    void forget() throws SQLException {
        try (Connection connection = database.getConnection()) {
            Rows.execute(
                    connection,
                    List.of("DELETE FROM cutover.client_figures f WHERE f.at < now() - interval '" + LONGEST_OVER
                            + "' AND NOT EXISTS (SELECT FROM cutover.campaign_tenant t WHERE t.tenant = f.tenant"
                            + " AND t.ended_at IS NULL AND f.at <= t.flipped_at AND f.at > t.flipped_at - interval '"
                            + LONGEST_OVER + "')"));
        }
    }
}
