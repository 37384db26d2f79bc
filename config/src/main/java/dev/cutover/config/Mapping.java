// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How blue tables become green tables and back. Tables and columns that are not named map to their namesakes.
 *
 * @param tables by blue table name, in the file's order
 * @param ignored tables of either side that stay behind
 * @param reasons why ignored tables may stay behind with their rows, by table; one without a reason must be empty
 * @param problem what is wrong with the file, in one line; then nothing can be mapped. Null for a mapping that is valid
 */
public record Mapping(
        Map<String, TableMapping> tables,
        Set<String> ignored,
        Map<String, String> reasons,
        @Nullable String problem) {
    public static final Mapping IDENTITY = new Mapping(Map.of(), Set.of());

    /** Of ignored tables that are empty. */
    public Mapping(Map<String, TableMapping> tables, Set<String> ignored) {
        this(tables, ignored, Map.of());
    }

    public Mapping(Map<String, TableMapping> tables, Set<String> ignored, Map<String, String> reasons) {
        this(tables, ignored, reasons, null);
    }

    /** What a file with a mistake says: nothing. Only the tenant that uses it cannot move. */
    public static Mapping invalid(String problem) {
        return new Mapping(Map.of(), Set.of(), Map.of(), problem);
    }

    /**
     * One table. Its row may lie in several tables of a side, which share its key: the side's main table, where every row
     * is, and further ones, where it may be.
     *
     * @param blue blue's main table
     * @param green green's main table; default: the blue one's name
     * @param key blue key columns, each carried to the green column of the same or the renamed name; empty: the primary
     *     key
     * @param up per column of green's main table a SQL expression over blue's columns
     * @param down per column of blue's main table a SQL expression over green's columns
     * @param blueParts blue's further tables by name; their expressions are over green's columns
     * @param greenParts green's further tables by name; their expressions are over blue's columns
     * @param dropped columns whose values may be lost
     * @param appendOnly whether rows are only ever inserted, so that the table can move without a key
     */
    public record TableMapping(
            String blue,
            String green,
            List<String> key,
            Map<String, String> up,
            Map<String, String> down,
            Map<String, PartMapping> blueParts,
            Map<String, PartMapping> greenParts,
            Dropped dropped,
            boolean appendOnly) {

        /** A table that is one table on either side. */
        public TableMapping(
                String blue, String green, List<String> key, Map<String, String> up, Map<String, String> down) {
            this(blue, green, key, up, down, Map.of(), Map.of(), Dropped.NOTHING);
        }

        /** A table whose rows may change. */
        public TableMapping(
                String blue,
                String green,
                List<String> key,
                Map<String, String> up,
                Map<String, String> down,
                Map<String, PartMapping> blueParts,
                Map<String, PartMapping> greenParts,
                Dropped dropped) {
            this(blue, green, key, up, down, blueParts, greenParts, dropped, false);
        }

        /** A table of which nothing is said. */
        public static TableMapping namesake(String table) {
            return new TableMapping(table, table, List.of(), Map.of(), Map.of());
        }
    }

    /**
     * A further table that holds a part of a row.
     *
     * @param columns per column a SQL expression over the other side's columns
     * @param when a condition over the other side's columns: which rows have this part; null: all
     */
    public record PartMapping(
            Map<String, String> columns, @Nullable String when) {}

    /**
     * Columns of each side that the other one has nothing for. A part's column is {@code part.column}.
     *
     * @param blue what is lost by a flip to green
     * @param green what is lost by a flip, or a rollback, to blue
     */
    public record Dropped(Set<String> blue, Set<String> green) {
        public static final Dropped NOTHING = new Dropped(Set.of(), Set.of());

        /** Those of one side. */
        public Set<String> of(Side side) {
            return side == Side.BLUE ? blue : green;
        }
    }

    /** Whether the blue table holds a part of another one's rows. */
    public boolean isBluePart(String blueTable) {
        return tables.values().stream().anyMatch(table -> table.blueParts().containsKey(blueTable));
    }
}
