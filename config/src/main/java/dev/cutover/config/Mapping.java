package dev.cutover.config;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How blue tables become green tables and back. Tables and columns that are not named map to their namesakes.
 *
 * @param tables by blue table name, in the file's order
 * @param ignored blue tables that stay behind
 */
public record Mapping(Map<String, TableMapping> tables, Set<String> ignored) {
    public static final Mapping IDENTITY = new Mapping(Map.of(), Set.of());

    /**
     * One table.
     *
     * @param green the green table's name; default: the blue one's
     * @param key blue key columns, each carried to the green column of the same or the renamed name; empty: the primary
     *     key
     * @param up per green column a SQL expression over blue's columns
     * @param down per blue column a SQL expression over green's columns
     */
    public record TableMapping(
            String blue, String green, List<String> key, Map<String, String> up, Map<String, String> down) {}
}
