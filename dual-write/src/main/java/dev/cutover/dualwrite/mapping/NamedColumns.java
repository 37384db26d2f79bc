// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import dev.cutover.dualwrite.catalog.Table;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks that the columns which a mapping names are there. */
final class NamedColumns {
    private final List<PlanProblem> problems;

    /** @param problems receives what is wrong */
    NamedColumns(List<PlanProblem> problems) {
        this.problems = problems;
    }

    /** @param path where the mapping names them */
    void columns(Set<String> named, Table table, String path) {
        check(named, Set.copyOf(table.columnNames()), table.name(), path);
    }

    /**
     * Checks the columns that may be lost.
     *
     * @param main the side's main table
     * @param tables of the side, by name
     * @param parts the side's further tables; a column of one is {@code part.column}
     */
    void drops(Set<String> dropped, Table main, Map<String, Table> tables, Set<String> parts, String path) {
        Set<String> known = new HashSet<>(main.columnNames());
        for (String part : parts) {
            Table table = tables.get(part);
            if (table != null) {
                table.columnNames().forEach(column -> known.add(part + "." + column));
            }
        }
        check(dropped, known, main.name(), path);
    }

    private void check(Set<String> named, Set<String> known, String table, String path) {
        for (String column : named) {
            if (!known.contains(column)) {
                problems.add(new PlanProblem(
                        table + "." + column, path + " names it, but there is no such column", "correct the name"));
            }
        }
    }
}
