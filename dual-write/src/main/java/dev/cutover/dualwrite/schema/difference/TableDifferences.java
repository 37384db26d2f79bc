// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares what mapped tables do with a row beside keeping it: what their columns are generated from, number rows by, have as
 * default and sort by; whether a crash empties the table; what replication sends of a changed row; and {@link TableExtras}.
 *
 * <p>Looks at columns that are copied as they are. What a mapping computes may differ: that is what it is for.
 */
public final class TableDifferences {
    private static final String TABLES = """
            SELECT c.relname, c.relpersistence, c.relreplident FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition""";

    private final SideCatalog serving;
    private final SideCatalog idle;
    private final List<Difference> differences = new ArrayList<>();

    private TableDifferences(SideCatalog serving, SideCatalog idle) {
        this.serving = serving;
        this.idle = idle;
    }

    /** @param replicaIdentity with which key replication names a changed row */
    private record Traits(String persistence, String replicaIdentity) {
        static Map<String, Traits> of(SideCatalog side) throws SQLException {
            Map<String, Traits> tables = new HashMap<>();
            side.query(
                    TABLES,
                    row -> tables.put(row.getString(1), new Traits(row.getString(2), row.getString(3))),
                    side.schema());
            return tables;
        }
    }

    /** All of them, table by table. */
    public static List<Difference> of(SideCatalog serving, SideCatalog idle, MirrorPlan plan) throws SQLException {
        TableDifferences found = new TableDifferences(serving, idle);
        Map<String, Map<String, ColumnTraits>> servingColumns = ColumnTraits.of(serving);
        Map<String, Map<String, ColumnTraits>> idleColumns = ColumnTraits.of(idle);
        Map<String, Traits> servingTables = Traits.of(serving);
        Map<String, Traits> idleTables = Traits.of(idle);
        for (TablePair pair : TablePair.of(plan)) {
            Traits one = servingTables.get(pair.serving());
            Traits other = idleTables.get(pair.idle());
            if (one != null && other != null) {
                found.compare(pair, one, other);
                found.columns(
                        pair,
                        servingColumns.getOrDefault(pair.serving(), Map.of()),
                        idleColumns.getOrDefault(pair.idle(), Map.of()));
            }
        }
        found.differences.addAll(TableExtras.lacking(serving, idle, plan));
        return found.differences;
    }

    private void compare(TablePair pair, Traits one, Traits other) {
        String there = idle.schema() + "." + pair.idle();
        if (one.persistence().equals("p") && other.persistence().equals("u")) {
            breaks(
                    there + " is UNLOGGED and " + serving.schema() + "." + pair.serving()
                            + " is not: after a crash it is empty",
                    "ALTER TABLE " + there + " SET LOGGED");
        }
        if (!one.replicaIdentity().equals("d") && !one.replicaIdentity().equals(other.replicaIdentity())) {
            differences.add(new Difference(
                    there + " has another REPLICA IDENTITY than " + serving.schema() + "." + pair.serving(),
                    false,
                    "set it, if the table is published"));
        }
    }

    private void columns(
            TablePair pair, Map<String, ColumnTraits> servingColumns, Map<String, ColumnTraits> idleColumns) {
        order(pair, idleColumns);
        servingColumns.keySet().stream().sorted().forEach(column -> {
            ColumnTraits one = Objects.requireNonNull(servingColumns.get(column));
            String counterpart = pair.columns().getOrDefault(column, one.generated() ? column : "");
            ColumnTraits other = idleColumns.get(counterpart);
            if (other != null) {
                String here = serving.schema() + "." + pair.serving() + "." + column;
                String there = idle.schema() + "." + pair.idle() + "." + counterpart;
                generated(pair, here, one, there, other);
                filled(here, one, there, other);
                if (!one.collation().isEmpty()
                        && !other.collation().isEmpty()
                        && !one.collation().equals(other.collation())) {
                    breaks(
                            there + " sorts by the collation " + other.collation() + ", and " + here + " by "
                                    + one.collation(),
                            "give it the same COLLATE");
                }
            }
        });
    }

    /** Matters to INSERT and COPY without a list of columns, and to SELECT *. */
    private void order(TablePair pair, Map<String, ColumnTraits> idleColumns) {
        List<String> copied = pair.columns().values().stream()
                .filter(idleColumns::containsKey)
                .distinct()
                .toList();
        List<String> ordered = copied.stream()
                .sorted(Comparator.comparing(column ->
                        Objects.requireNonNull(idleColumns.get(column)).position()))
                .toList();
        if (!ordered.equals(copied)) {
            differences.add(new Difference(
                    idle.schema() + "." + pair.idle() + " has its columns in another order than " + serving.schema()
                            + "." + pair.serving() + ": " + String.join(", ", ordered),
                    false,
                    "name the columns in INSERT, COPY and SELECT"));
        }
    }

    private void generated(TablePair pair, String here, ColumnTraits one, String there, ColumnTraits other) {
        if (!one.generated()) {
            return;
        }
        if (!other.generated()) {
            breaks(
                    here + " is generated from other columns, and " + there + " is not: new rows lack its value",
                    "generate it there as well");
            return;
        }
        boolean same = ExpressionText.plain(pair.renamed(text(one.expression())))
                        .equals(ExpressionText.plain(text(other.expression())))
                && one.code().equals(other.code());
        if (!same) {
            breaks(
                    there + " is generated as " + text(other.expression()) + ", and " + here + " as "
                            + text(one.expression())
                            + (one.code().equals(other.code()) ? "" : ", by functions that differ"),
                    "generate the same values there");
        }
    }

    private void filled(String here, ColumnTraits one, String there, ColumnTraits other) {
        if (one.generated() || other.generated()) {
            return;
        }
        String value = one.defaultValue();
        String otherValue = other.defaultValue();
        if (one.numbered() && !other.numbered() && otherValue == null) {
            breaks(
                    "the database numbers " + here + ", and not " + there
                            + ": INSERTs that leave it out fail or put NULL",
                    "give it an identity or a sequence");
        } else if (value != null && otherValue == null && !other.numbered()) {
            breaks(
                    here + " has the default " + value + ", and " + there
                            + " has none: INSERTs that leave it out fail or put NULL",
                    "give it the default");
        } else if (!Objects.equals(value, otherValue) && value != null) {
            differences.add(new Difference(
                    here + " has the default " + value + ", and " + there + " "
                            + (otherValue == null ? "a sequence" : otherValue),
                    false,
                    ""));
        }
        if (one.numbered() && !one.identity().equals("a") && other.identity().equals("a")) {
            differences.add(new Difference(
                    there + " is GENERATED ALWAYS AS IDENTITY, and " + here
                            + " is not: INSERTs that give it a value fail",
                    false,
                    "make it GENERATED BY DEFAULT if there are such INSERTs"));
        }
    }

    private void breaks(String text, String remedy) {
        differences.add(new Difference(text, true, remedy));
    }

    private static String text(@Nullable String expression) {
        return expression == null ? "" : expression;
    }
}
