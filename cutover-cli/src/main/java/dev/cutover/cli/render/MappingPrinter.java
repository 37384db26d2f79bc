// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import dev.cutover.config.adminapi.MappedTable;
import dev.cutover.config.adminapi.MappedTable.MappedColumn;
import dev.cutover.config.adminapi.MappedTable.Source;
import java.io.PrintStream;
import java.util.List;

/** Prints mappings for people: one line for each table, and one for each column that is not simply its namesake. */
public final class MappingPrinter {
    private MappingPrinter() {}

    public static void print(PrintStream out, List<MappedTable> mapping) {
        for (MappedTable table : mapping) {
            List<MappedColumn> made = table.up().isEmpty() ? table.down() : table.up();
            long namesakes = made.stream()
                    .filter(column -> column.source() == Source.NAMESAKE)
                    .count();
            out.println("mapping: " + table.blue()
                    + (table.blue().equals(table.green()) ? "" : " <-> " + table.green()) + ", key "
                    + String.join(", ", table.key()) + ", " + namesakes + " column(s) by name"
                    + (table.when() == null ? "" : ", where " + table.when())
                    + (table.unmirrorable() == null ? "" : ", left to the net: " + table.unmirrorable()));
            columns(out, "green", table.up());
            columns(out, "blue", table.down());
        }
    }

    private static void columns(PrintStream out, String side, List<MappedColumn> columns) {
        for (MappedColumn column : columns) {
            if (column.source() == Source.MAPPING) {
                out.println("    " + side + "." + column.column() + " = " + column.expression());
            } else if (column.source() == Source.DEFAULT) {
                out.println("    " + side + "." + column.column() + " is left to its default");
            }
        }
    }
}
