// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import static dev.cutover.dualwrite.catalog.Uncarried.Gap.NOT_GIVEN_BACK;
import static dev.cutover.dualwrite.catalog.Uncarried.Gap.UNREAD;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.Expressions;
import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.catalog.Uncarried;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.IdlePart;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.PartColumn;
import dev.cutover.dualwrite.model.MirrorPlan.ServingPart;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a mapping leaves out. A column is carried if an expression of the other side reads it and an expression over
 * the other side gives it back. A generated column needs neither.
 */
public final class Coverage {
    private final Mapping mapping;
    private final Side side;
    private final Map<String, Table> others;
    private final MirrorPlan away;
    private final MirrorPlan home;

    private Coverage(Mapping mapping, Side side, Map<String, Table> others, MirrorPlan away, MirrorPlan home) {
        this.mapping = mapping;
        this.side = side;
        this.others = others;
        this.away = away;
        this.home = home;
    }

    /**
     * What each side has that is not carried.
     *
     * @param up the plan while blue serves
     * @param down the plan while green serves
     */
    public static List<Uncarried> of(
            Mapping mapping, Map<String, Table> blue, Map<String, Table> green, MirrorPlan up, MirrorPlan down) {
        List<Uncarried> uncarried = new ArrayList<>();
        Coverage blueSide = new Coverage(mapping, Side.BLUE, green, up, down);
        blue.values().forEach(table -> blueSide.look(table, uncarried));
        Coverage greenSide = new Coverage(mapping, Side.GREEN, blue, down, up);
        green.values().forEach(table -> greenSide.look(table, uncarried));
        return uncarried;
    }

    private void look(Table table, List<Uncarried> uncarried) {
        List<TablePlan> readers = away.reading(table.name());
        if (readers.isEmpty()) {
            uncarried.add(new Uncarried(
                    side,
                    table.name(),
                    null,
                    UNREAD,
                    mapping.reasons().get(table.name()),
                    (side == Side.BLUE ? "map it with tables." + table.name() + ".green, or " : "")
                            + "say why its rows may stay behind: ignore: [{table: " + table.name()
                            + ", reason: TEXT}]"));
            return;
        }
        Set<String> read = read(table, readers);
        Set<String> given = given(table);
        for (Column column : table.columns()) {
            boolean away = read.contains(column.name());
            boolean back = given.contains(column.name());
            if (!column.generated() && !(away && back)) {
                uncarried.add(column(table, column, readers.get(0), away ? NOT_GIVEN_BACK : UNREAD));
            }
        }
    }

    private static Set<String> read(Table table, List<TablePlan> readers) {
        Set<String> read = new HashSet<>();
        for (TablePlan reader : readers) {
            Set<String> names = namesIn(reader);
            Optional<ServingPart> part = part(reader, table);
            if (part.isPresent()) {
                read.addAll(part.get().key());
                part.get().columns().stream()
                        .filter(column -> names.contains(column.name()))
                        .map(PartColumn::column)
                        .forEach(read::add);
            } else {
                reader.key().stream().map(Key::servingColumn).forEach(read::add);
                read.addAll(names);
            }
        }
        return read;
    }

    private static Set<String> namesIn(TablePlan plan) {
        Set<String> names = new HashSet<>();
        for (Assignment assignment : plan.assignments()) {
            names.addAll(Expressions.columns(assignment.source()));
        }
        IdlePart part = plan.idlePart();
        if (part != null && part.when() != null) {
            names.addAll(Expressions.columns(part.when()));
        }
        return names;
    }

    private static Optional<ServingPart> part(TablePlan plan, Table table) {
        return plan.servingParts().stream()
                .filter(part -> part.table().equals(table.name()))
                .findFirst();
    }

    private Set<String> given(Table table) {
        Set<String> given = new HashSet<>();
        TablePlan maker = home.making(table.name());
        if (maker != null) {
            maker.assignments().stream().map(Assignment::idleColumn).forEach(given::add);
        }
        return given;
    }

    private Uncarried column(Table table, Column column, TablePlan reader, Uncarried.Gap gap) {
        String blue = side == Side.BLUE ? reader.servingTable() : blueOf(reader);
        boolean part = !reader.servingTable().equals(table.name());
        String name = part ? table.name() + "." + column.name() : column.name();
        TableMapping said = mapping.tables().get(blue);
        Dropped dropped = said == null ? Dropped.NOTHING : said.dropped();
        String drop = "tables." + blue + (side == Side.BLUE ? ".drop: [" : ".drop-green: [") + name + "]";
        String rename = part ? null : rename(table, column, reader, "tables." + blue);
        return new Uncarried(
                side,
                table.name(),
                column.name(),
                gap,
                dropped.of(side).contains(name) ? "dropped" : null,
                rename == null
                        ? "map it in tables." + blue + (side == Side.BLUE ? ".up and .down, or say " : ".down, or say ")
                                + drop + " if its values may be lost"
                        : rename + "; or say " + drop + " if its values may be lost");
    }

    /** Blue's main table. The main idle table's plan reads the same rows as those of its parts. */
    private String blueOf(TablePlan reader) {
        return away.reading(reader.servingTable()).stream()
                .filter(plan -> plan.idlePart() == null)
                .map(TablePlan::idleTable)
                .findFirst()
                .orElse(reader.idleTable());
    }

    /** The mapping's lines for a column that probably has another name on the other side; null if none looks like it. */
    private @Nullable String rename(Table table, Column column, TablePlan reader, String path) {
        Table other = others.get(away.reading(reader.servingTable()).stream()
                .filter(plan -> plan.idlePart() == null)
                .map(TablePlan::idleTable)
                .findFirst()
                .orElse(reader.idleTable()));
        if (other == null) {
            return null;
        }
        String counterpart = SimilarNames.closest(
                column.name(),
                other.columns().stream()
                        .filter(candidate -> !candidate.generated()
                                && table.column(candidate.name()).isEmpty()
                                && candidate.castType().equals(column.castType()))
                        .map(Column::name)
                        .toList());
        if (counterpart == null) {
            return null;
        }
        String blue = side == Side.BLUE ? column.name() : counterpart;
        String green = side == Side.BLUE ? counterpart : column.name();
        return "if " + side.other().label() + " calls it " + counterpart + ", say " + path + ".up: {" + green + ": "
                + blue + "} and " + path + ".down: {" + blue + ": " + green + "}";
    }
}
