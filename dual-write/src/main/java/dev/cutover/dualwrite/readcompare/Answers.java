// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

import dev.cutover.dualwrite.analyze.ComparableRead;
import dev.cutover.dualwrite.analyze.SortKey;
import dev.cutover.dualwrite.readcompare.Verdict.Different;
import dev.cutover.dualwrite.readcompare.Verdict.Equal;
import dev.cutover.dualwrite.readcompare.Verdict.Incomparable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares the answers of two sides as far as the query fixes them: the rows, their order where it has an ORDER BY. Rows
 * that are equal by that order may come in any, and where a LIMIT cuts among them, any of them may come.
 */
final class Answers {
    private static final int SHORT = 40;

    private Answers() {}

    static Verdict compare(ComparableRead read, ReadRows serving, ReadRows idle) {
        if (!serving.columns().equals(idle.columns())) {
            return new Different("the columns are " + listed(serving.columns()) + " on the serving side, "
                    + listed(idle.columns()) + " on the idle side");
        } else if (serving.rows().equals(idle.rows())) {
            return new Equal();
        } else if (serving.rows().size() != idle.rows().size()) {
            return read.arbitrary()
                    ? arbitrary()
                    : new Different(serving.rows().size() + " rows on the serving side, "
                            + idle.rows().size() + " on the idle side");
        }
        List<Integer> keys = positions(read.keys(), serving.columns());
        boolean sameKeys = !keys.isEmpty() && keys(keys, serving).equals(keys(keys, idle));
        if (counted(serving.rows()).equals(counted(idle.rows()))) {
            return sameRows(read, serving, idle, keys, sameKeys);
        } else if (read.arbitrary()) {
            return arbitrary();
        } else if (read.limited() && (!read.ordered() || keys.isEmpty() || sameKeys)) {
            return new Incomparable("its LIMIT may cut among rows that are equal by its order");
        }
        return read.ordered() ? firstInOrder(serving, idle) : firstWithoutPartner(serving, idle);
    }

    private static Verdict sameRows(
            ComparableRead read, ReadRows serving, ReadRows idle, List<Integer> keys, boolean sameKeys) {
        if (!read.ordered() || sameKeys) {
            return new Equal();
        }
        return keys.isEmpty() || read.arbitrary()
                ? new Incomparable("it orders by what its result does not show, and may leave rows equal by that")
                : firstInOrder(serving, idle);
    }

    private static Incomparable arbitrary() {
        return new Incomparable("its result hangs on the order in which rows are found");
    }

    private static Different firstInOrder(ReadRows serving, ReadRows idle) {
        int row = 0;
        while (serving.rows().get(row).equals(idle.rows().get(row))) {
            row++;
        }
        return new Different("row " + (row + 1) + shown(serving.rows().get(row)) + " is another one on the idle side"
                + shown(idle.rows().get(row)));
    }

    private static Different firstWithoutPartner(ReadRows serving, ReadRows idle) {
        Map<List<@Nullable String>, Integer> left = counted(idle.rows());
        for (int row = 0; row < serving.rows().size(); row++) {
            List<@Nullable String> values = serving.rows().get(row);
            if (left.merge(values, -1, Integer::sum) < 0) {
                return new Different("row " + (row + 1) + shown(values) + " is not there on the idle side");
            }
        }
        throw new IllegalStateException("the rows are the same");
    }

    /** The columns that the result is ordered by, from 0 on; empty if one is not there, or there twice. */
    private static List<Integer> positions(List<SortKey> keys, List<String> columns) {
        List<Integer> positions = new ArrayList<>();
        for (SortKey key : keys) {
            int position = key instanceof SortKey.Numbered numbered
                    ? numbered.position() - 1
                    : key instanceof SortKey.Named named ? only(columns, named.column()) : -1;
            if (position < 0 || position >= columns.size()) {
                return List.of();
            }
            positions.add(position);
        }
        return positions;
    }

    private static int only(List<String> columns, String name) {
        int first = columns.indexOf(name);
        return first == columns.lastIndexOf(name) ? first : -1;
    }

    private static List<List<@Nullable String>> keys(List<Integer> positions, ReadRows answer) {
        List<List<@Nullable String>> keys = new ArrayList<>();
        for (List<@Nullable String> row : answer.rows()) {
            List<@Nullable String> key = new ArrayList<>();
            positions.forEach(position -> key.add(row.get(position)));
            keys.add(key);
        }
        return keys;
    }

    private static Map<List<@Nullable String>, Integer> counted(List<List<@Nullable String>> rows) {
        Map<List<@Nullable String>, Integer> counted = new HashMap<>();
        rows.forEach(row -> counted.merge(row, 1, Integer::sum));
        return counted;
    }

    /** Values that are not short are nobody's business here. */
    private static String shown(List<@Nullable String> row) {
        String text = row.stream().map(String::valueOf).collect(Collectors.joining(", ", " (", ")"));
        return text.length() <= SHORT ? text : "";
    }

    private static String listed(List<String> columns) {
        Function<List<String>, String> joined = some -> String.join(", ", some);
        return columns.size() <= 10 ? joined.apply(columns) : joined.apply(columns.subList(0, 10)) + ", ...";
    }
}
