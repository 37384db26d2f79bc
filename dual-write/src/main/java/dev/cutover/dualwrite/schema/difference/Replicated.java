// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import static dev.cutover.dualwrite.model.SqlText.qualified;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the publications and subscriptions (manual, "Logical Replication") whose tables of the serving side have a counterpart on
 * the idle side that is not replicated by one of the same name.
 */
public final class Replicated {
    /** A partition counts as its table. Includes what is published as part of a schema or with all tables. */
    private static final String PUBLISHED = """
            SELECT DISTINCT p.pubname, root.relname FROM pg_publication_tables p
            JOIN pg_namespace n ON n.nspname = p.schemaname
            JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
            JOIN pg_class root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid) AND root.relnamespace = n.oid
            WHERE p.schemaname = ? ORDER BY 1, 2""";

    /** By way of a view that every role may read: pg_subscription shows its oid to superusers only, before version 14. */
    private static final String SUBSCRIBED = """
            SELECT DISTINCT s.subname, root.relname FROM pg_subscription_rel r
            JOIN (SELECT DISTINCT subid, subname FROM pg_stat_subscription) s ON s.subid = r.srsubid
            JOIN pg_class c ON c.oid = r.srrelid
            JOIN pg_class root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid)
            JOIN pg_namespace n ON n.oid = root.relnamespace
            WHERE n.nspname = ? ORDER BY 1, 2""";

    private static final String SLOTS = """
            SELECT slot_name FROM pg_replication_slots
            WHERE slot_type = 'logical' AND database = current_database() AND NOT temporary ORDER BY 1""";

    private Replicated() {}

    /** Which way rows go. */
    public enum Way {
        PUBLICATION,
        SUBSCRIPTION
    }

    /**
     * A publication or subscription that a flip leaves behind.
     *
     * @param tables of the serving side
     * @param counterparts the idle side's, which it lacks
     */
    public record Left(Way way, String name, List<String> tables, List<String> counterparts) {}

    /** All of them. */
    public static List<Left> left(Connection serving, Connection idle, MirrorPlan plan) throws SQLException {
        List<Left> left = new ArrayList<>(left(Way.PUBLICATION, PUBLISHED, serving, idle, plan));
        left.addAll(left(Way.SUBSCRIPTION, SUBSCRIBED, serving, idle, plan));
        return left;
    }

    /** The names of the logical replication slots of the connection's database. */
    public static List<String> slots(Connection connection) throws SQLException {
        return Rows.query(connection, SLOTS, row -> row.getString(1));
    }

    private static List<Left> left(Way way, String query, Connection serving, Connection idle, MirrorPlan plan)
            throws SQLException {
        Map<String, Collection<String>> there = byName(serving, query, plan.servingSchema());
        if (there.isEmpty()) {
            return List.of();
        }
        Map<String, Collection<String>> here = byName(idle, query, plan.idleSchema());
        List<Left> left = new ArrayList<>();
        there.forEach((name, tables) -> {
            Collection<String> followed = here.getOrDefault(name, Set.of());
            Map<String, List<String>> lacking = new LinkedHashMap<>();
            for (String table : tables) {
                List<String> counterparts = plan.reading(table).stream()
                        .map(TablePlan::idleTable)
                        .filter(counterpart -> !followed.contains(counterpart))
                        .toList();
                if (!counterparts.isEmpty()) {
                    lacking.put(table, counterparts);
                }
            }
            if (!lacking.isEmpty()) {
                left.add(new Left(
                        way,
                        name,
                        lacking.keySet().stream()
                                .map(table -> plan.servingSchema() + "." + table)
                                .toList(),
                        lacking.values().stream()
                                .flatMap(List::stream)
                                .distinct()
                                .map(table -> qualified(plan.idleSchema(), table))
                                .toList()));
            }
        });
        return left;
    }

    private static Map<String, Collection<String>> byName(Connection connection, String query, String schema)
            throws SQLException {
        Map<String, Collection<String>> tables = new TreeMap<>();
        Rows.query(
                connection,
                query,
                row -> tables.computeIfAbsent(row.getString(1), name -> new TreeSet<>())
                        .add(row.getString(2)),
                schema);
        return tables;
    }
}
