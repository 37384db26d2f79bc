// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.MirrorPlan.PartColumn;
import dev.cutover.dualwrite.model.MirrorPlan.ServingPart;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A row of one side as the other side's expressions see it: the columns of the main table, and those of the tables that hold
 * parts of it. A part's column keeps its name unless the row has one of that name before, or it is of the part's key; then it
 * is {@code table.column}, one identifier.
 *
 * @param key the main table's key columns
 * @param parts the further tables
 * @param types of all columns, as {@code format_type} prints them
 */
record SideRow(Table main, List<String> key, List<Part> parts, Map<String, String> types) {
    /** @param key its key columns, in the order of the main table's */
    record Part(Table table, List<String> key, List<PartColumn> columns) {
        ServingPart serving() {
            return new ServingPart(table.name(), key, columns);
        }
    }

    static SideRow of(Table main, List<String> key) {
        Map<String, String> types = new HashMap<>();
        main.columns().forEach(column -> types.put(column.name(), column.type()));
        return new SideRow(main, key, List.of(), types);
    }

    SideRow with(Table part, List<String> partKey) {
        Map<String, String> allTypes = new HashMap<>(types);
        List<PartColumn> columns = new ArrayList<>();
        for (Column column : part.columns()) {
            boolean free = !partKey.contains(column.name()) && !types.containsKey(column.name());
            String name = free ? column.name() : part.name() + "." + column.name();
            allTypes.put(name, column.type());
            columns.add(new PartColumn(column.name(), name));
        }
        List<Part> allParts = new ArrayList<>(parts);
        allParts.add(new Part(part, partKey, columns));
        return new SideRow(main, key, allParts, allTypes);
    }

    Optional<String> type(String column) {
        return Optional.ofNullable(types.get(column));
    }

    /** A client's statement would mark the key as the client's settings write it, which another session may not read back. */
    Optional<String> settingsInKey() {
        return key.stream()
                .filter(column -> MarkKey.dependsOnSettings(List.of(castType(column))))
                .map(column -> "how its key column " + column + " (" + castType(column)
                        + ") is written depends on a session's settings")
                .findFirst();
    }

    private String castType(String column) {
        return main.column(column).orElseThrow().castType();
    }
}
