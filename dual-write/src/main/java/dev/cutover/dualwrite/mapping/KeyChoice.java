// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import dev.cutover.dualwrite.analyze.Expressions;
import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.model.MarkKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** By which columns the rows of two tables are matched. */
final class KeyChoice {
    private KeyChoice() {}

    /**
     * The key of a table for which the mapping names none: the first of its keys that is one of the other table's too. If there is
     * none, the first at all, so that what is wrong with it can be said. Empty if the table has no key.
     *
     * @param expressions what the other table's columns are made of
     */
    static List<String> key(Table keyed, Table table, Map<String, String> expressions) {
        return keyed.keys().stream()
                .filter(key -> serves(key, keyed, table, expressions))
                .findFirst()
                .orElse(keyed.keys().isEmpty() ? List.of() : keyed.keys().get(0));
    }

    private static boolean serves(List<String> key, Table keyed, Table table, Map<String, String> expressions) {
        List<String> counterparts = key.stream()
                .flatMap(column -> counterpart(column, keyed, table, expressions).stream())
                .toList();
        return counterparts.size() == key.size() && table.hasKey(counterparts) && readable(keyed, key);
    }

    private static boolean readable(Table table, List<String> key) {
        return key.stream()
                .flatMap(name -> table.column(name).stream())
                .noneMatch(column -> MarkKey.namesAnObject(column.castType()));
    }

    /** The column of a table that carries a key's column unchanged: renamed by a plain expression, or of the same name. */
    static Optional<String> counterpart(String column, Table keyed, Table table, Map<String, String> expressions) {
        return keyed.column(column).isEmpty()
                ? Optional.empty()
                : expressions.entrySet().stream()
                        .filter(entry -> isColumn(entry.getValue(), column))
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .or(() -> table.column(column).map(Column::name));
    }

    /** A key's column may be in capitals without quotes. */
    private static boolean isColumn(String expression, String column) {
        return expression.strip().equals(column)
                || Expressions.bareColumn(expression).equals(Optional.of(column));
    }
}
