// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import static dev.cutover.dualwrite.model.SqlText.identifier;
import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.IdlePart;
import dev.cutover.dualwrite.model.MirrorPlan.PartColumn;
import dev.cutover.dualwrite.model.MirrorPlan.ServingPart;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A serving table's rows taken through {@code up} and {@code down}, in SQL of the serving side. */
final class RoundTrip {
    private final MirrorPlan out;
    private final List<TablePlan> there;
    private final List<TablePlan> home;
    private final TablePlan main;
    private final List<Doubt> doubts = new ArrayList<>();

    /** @param main of the plan {@code out}, of an idle side's main table */
    RoundTrip(MirrorPlan out, TablePlan main, MirrorPlan back) {
        this.out = out;
        this.main = main;
        this.there = out.reading(main.servingTable());
        this.home = back.reading(main.idleTable());
        for (TablePlan way : home) {
            doubt(way);
        }
    }

    /**
     * What may not come back as it was.
     *
     * @param name of a serving column, or of a table that holds a part of the row
     * @param differs a condition
     */
    private record Doubt(String name, String differs) {}

    /** Whether all is simply copied there and back. */
    boolean certain() {
        return doubts.isEmpty();
    }

    /** What may differ, in the order of the query's columns from the third on. */
    List<String> names() {
        return doubts.stream().map(Doubt::name).toList();
    }

    /** One row: how many rows do not come back as they were, the key of one, and how many differ in each of {@link #names}. */
    String query() {
        TableSql sql = new TableSql(out, main);
        return "SELECT count(*), min(cutover_key::text), "
                + IntStream.rangeClosed(1, doubts.size())
                        .mapToObj(i -> "count(*) FILTER (WHERE cutover_differs[" + i + "])")
                        .collect(joining(", "))
                + " FROM (SELECT cutover_key, ARRAY["
                + doubts.stream().map(Doubt::differs).collect(joining(", "))
                + "] AS cutover_differs FROM (SELECT cutover_was, "
                + (main.appendOnly() ? "NULL::jsonb" : sql.servingKeyJson()) + " AS cutover_key, "
                + there.stream().flatMap(this::ups).collect(joining(", "))
                + " FROM (SELECT *, cutover_t AS cutover_was FROM " + sql.serving()
                + " AS cutover_t) AS cutover_s) AS cutover_up) AS cutover_down WHERE true = ANY (cutover_differs)";
    }

    /** What an idle table is given, by the names under which {@code down} knows it. */
    private Stream<String> ups(TablePlan way) {
        return way.assignments().stream()
                .map(up -> ifThere(way, "(" + up.expression() + ")" + cast(up)) + " AS "
                        + identifier(nameOf(home.get(0), way.idleTable(), up.idleColumn())));
    }

    /** A type of the idle side's own schema may not exist here, if that is another database; its text does for a look. */
    private static String cast(Assignment up) {
        return up.type().indexOf('.') < 0 ? "::" + up.type() : "";
    }

    private static String ifThere(TablePlan way, String value) {
        IdlePart part = way.idlePart();
        return part == null || part.when() == null ? value : "CASE WHEN " + part.when() + " THEN " + value + " END";
    }

    private void doubt(TablePlan way) {
        IdlePart part = way.idlePart();
        String prefix = part == null ? "" : way.idleTable() + ".";
        for (Assignment back : way.assignments()) {
            if (!back.key() && !(part == null && copied(back))) {
                String was =
                        "((cutover_was)." + identifier(nameOf(main, way.idleTable(), back.idleColumn())) + ")::text";
                // As text, since not every type has an equality.
                String now = ifThere(way, "((" + back.expression() + ")::" + back.type() + ")::text");
                doubts.add(new Doubt(prefix + back.idleColumn(), was + " IS DISTINCT FROM " + now));
            }
        }
        if (part != null) {
            String key = nameOf(main, way.idleTable(), way.key().get(0).idleColumn());
            String will = part.when() == null ? "true" : "coalesce((" + part.when() + "), false)";
            doubts.add(new Doubt(
                    way.idleTable(), "((cutover_was)." + identifier(key) + " IS NOT NULL) IS DISTINCT FROM " + will));
        }
    }

    /** Whether a column of the main table goes to the other side's main table and back as it is. */
    private boolean copied(Assignment back) {
        return main.assignments().stream()
                .anyMatch(up -> back.expression().equals(identifier(up.idleColumn()))
                        && up.expression().equals(identifier(back.idleColumn()))
                        && up.type().equals(back.type()));
    }

    /** By which name a column of one of its serving tables is known to a plan's expressions. */
    private static String nameOf(TablePlan plan, String servingTable, String column) {
        return plan.servingParts().stream()
                .filter(part -> part.table().equals(servingTable))
                .map(ServingPart::columns)
                .flatMap(List::stream)
                .filter(partColumn -> partColumn.column().equals(column))
                .map(PartColumn::name)
                .findFirst()
                .orElse(column);
    }
}
