// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.catalog;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A table as the catalog describes it.
 *
 * @param columns in catalog order, dropped ones left out
 * @param keys the columns of each unique index by which every row can be told (no expression, no predicate, not deferrable, no
 *     column that may be null): the primary key first, then that of REPLICA IDENTITY USING INDEX, then the others by their columns' names
 * @param unmirrorable why a rewritten statement cannot stand in for a client's (rules, inheritance, row security), or
 *     empty
 * @param partitioned whether its rows lie in partitions
 * @param inherits whether other tables inherit from it that are no partitions: a query of it gives their rows, too
 */
public record Table(
        String name,
        List<Column> columns,
        List<List<String>> keys,
        Optional<String> unmirrorable,
        boolean partitioned,
        boolean inherits) {

    /**
     * A column.
     *
     * @param type as {@code format_type} prints it
     * @param generated whether its value is computed by the server (GENERATED ... STORED)
     * @param optional whether an INSERT may leave it out: it is nullable or has a default
     * @param alwaysIdentity whether it is GENERATED ALWAYS AS IDENTITY, which no UPDATE can set
     * @param exact whether all unique indexes on it hold two values for equal only if they are identical. Not so citext
     *     {@code bob} and {@code Bob}, numeric {@code 1.0} and {@code 1.00}, or strings under a nondeterministic collation
     */
    public record Column(
            String name, String type, boolean generated, boolean optional, boolean alwaysIdentity, boolean exact) {
        private static final Pattern VARYING = Pattern.compile("^((?:character|bit) varying)\\(\\d+\\)");
        private static final Pattern CHARACTER = Pattern.compile("^character\\(\\d+\\)");

        /**
         * The type to cast to what is written to the column. Without the length of a string: a cast would cut silently what is
         * too long, where the column refuses it.
         */
        public String castType() {
            return CHARACTER.matcher(VARYING.matcher(type).replaceFirst("$1")).replaceFirst("bpchar");
        }
    }

    /** Whether these columns, in whatever order, are one of its keys. */
    public boolean hasKey(Collection<String> columnNames) {
        return keys.stream().anyMatch(key -> Set.copyOf(key).equals(Set.copyOf(columnNames)));
    }

    public Optional<Column> column(String columnName) {
        return columns.stream()
                .filter(column -> column.name().equals(columnName))
                .findFirst();
    }

    public List<String> columnNames() {
        return columns.stream().map(Column::name).toList();
    }
}
