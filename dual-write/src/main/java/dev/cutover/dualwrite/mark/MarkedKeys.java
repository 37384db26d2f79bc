// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mark;

import dev.cutover.dualwrite.mark.Marks.Mark;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a batch of marks says, each key once, by {@link TablePlan#name}.
 *
 * @param keys JSON arrays
 * @param wholeTables marks of all keys of a table
 * @param rogue the marks that a writer on the idle side made
 * @param surplus keys of rows of the idle side that it should not have, of tables that are append-only
 */
public record MarkedKeys(
        Map<String, Set<String>> keys,
        List<WholeTable> wholeTables,
        List<Mark> rogue,
        Map<String, Set<String>> surplus) {
    /** @param part whether the serving table that is marked holds parts of rows, and not the rows themselves */
    public record WholeTable(String plan, boolean idleSideWritten, boolean part) {}

    /** Marks of tables that have left the mapping say nothing. */
    public static MarkedKeys of(List<Mark> batch, MirrorPlan plan) {
        Map<String, List<TablePlan>> byServingTable = new HashMap<>();
        Map<String, List<TablePlan>> byIdleTable = new HashMap<>();
        for (TablePlan table : plan.tables().values()) {
            table.servingTables().forEach(name -> add(byServingTable, name, table));
            add(byIdleTable, table.idleTable(), table);
        }
        MarkedKeys marked =
                new MarkedKeys(new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>(), new LinkedHashMap<>());
        for (Mark mark : batch) {
            boolean idleSideWritten = mark.side() != plan.serving();
            List<TablePlan> tables =
                    (idleSideWritten ? byIdleTable : byServingTable).getOrDefault(mark.table(), List.of());
            if (idleSideWritten && !tables.isEmpty()) {
                marked.rogue.add(mark);
            }
            for (TablePlan table : tables) {
                if (mark.key() == null) {
                    boolean part = !idleSideWritten && !table.servingTable().equals(mark.table());
                    marked.wholeTables.add(new WholeTable(table.name(), idleSideWritten, part));
                } else {
                    boolean surplus = idleSideWritten && table.appendOnly();
                    (surplus ? marked.surplus : marked.keys)
                            .computeIfAbsent(table.name(), name -> new LinkedHashSet<>())
                            .add(mark.key());
                }
            }
        }
        return marked;
    }

    private static void add(Map<String, List<TablePlan>> tables, String name, TablePlan table) {
        tables.computeIfAbsent(name, none -> new ArrayList<>()).add(table);
    }
}
