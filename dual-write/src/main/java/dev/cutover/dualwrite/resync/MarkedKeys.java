package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.resync.Marks.Mark;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a batch of marks says, each key once, by serving table.
 *
 * @param keys JSON arrays by serving table
 * @param wholeTables marks of all keys of a table
 * @param rogue the marks that a writer on the idle side made
 */
record MarkedKeys(Map<String, Set<String>> keys, List<WholeTable> wholeTables, List<Mark> rogue) {
    record WholeTable(String servingTable, boolean idleSideWritten) {}

    /** Marks of tables that have left the mapping say nothing. */
    static MarkedKeys of(List<Mark> batch, MirrorPlan plan) {
        Map<String, String> servingNames = new HashMap<>();
        for (TablePlan table : plan.tables().values()) {
            servingNames.put(table.idleTable(), table.servingTable());
        }
        MarkedKeys marked = new MarkedKeys(new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>());
        for (Mark mark : batch) {
            boolean idleSideWritten = mark.side() != plan.serving();
            String table = idleSideWritten ? servingNames.get(mark.table()) : mark.table();
            if (table == null || !plan.tables().containsKey(table)) {
                continue;
            }
            if (idleSideWritten) {
                marked.rogue.add(mark);
            }
            if (mark.key() == null) {
                marked.wholeTables.add(new WholeTable(table, idleSideWritten));
            } else {
                marked.keys
                        .computeIfAbsent(table, name -> new LinkedHashSet<>())
                        .add(mark.key());
            }
        }
        return marked;
    }
}
