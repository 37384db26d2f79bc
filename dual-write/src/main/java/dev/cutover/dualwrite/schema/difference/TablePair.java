// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import static dev.cutover.dualwrite.model.SqlText.identifier;

import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A main table of the serving side and that of the idle side which is made from it.
 *
 * @param columns the columns that are copied as they are: the idle column's name by the serving one's
 */
public record TablePair(String serving, String idle, Map<String, String> columns) {
    public static List<TablePair> of(MirrorPlan plan) {
        return plan.tables().values().stream()
                .filter(table -> table.idlePart() == null)
                .map(table -> new TablePair(table.servingTable(), table.idleTable(), copied(table)))
                .toList();
    }

    private static Map<String, String> copied(TablePlan table) {
        Map<String, String> columns = new LinkedHashMap<>();
        for (String column : table.servingColumns()) {
            List<String> plain = List.of(column, identifier(column), identifier(column) + "::text");
            table.assignments().stream()
                    .filter(assignment -> plain.contains(assignment.source().strip()))
                    .map(Assignment::idleColumn)
                    .findFirst()
                    .ifPresent(idle -> columns.put(column, idle));
        }
        return columns;
    }

    /** An expression of the serving side's catalog as the idle side's would write it, if its columns are renamed. */
    String renamed(String expression) {
        String renamed = expression;
        for (Map.Entry<String, String> column : columns.entrySet()) {
            renamed = renamed(renamed, column.getKey(), column.getValue());
        }
        return renamed;
    }

    /** A definition with the idle table's name in the place of the serving one's. */
    String renamedTable(String definition) {
        return renamed(definition, serving, idle);
    }

    private static String renamed(String text, String name, String other) {
        return name.equals(other)
                ? text
                : text.replaceAll(
                        "(?<![\\w$'\".])" + Pattern.quote(name) + "(?![\\w$'\"(])", Matcher.quoteReplacement(other));
    }
}
