// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.Expressions;
import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.IdlePart;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.Only;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link MirrorPlan} of one direction from both sides' catalogs and the mapping: what the mapping says first,
 * identity by name where it is silent, and a named problem for whatever is left.
 */
public final class PlanBuilder {
    static final String NO_KEY = "it has no primary key and no unique index over NOT NULL columns";
    static final String ADD_KEY =
            "add one, or leave the table out with ignore; within one database, a table that only gets INSERTs can move with"
                    + " append-only: true";

    public static final String ONE_DATABASE = "a table that is append-only can only move within one database";
    public static final String ADD_KEY_THERE = "give it a unique index over NOT NULL columns on both sides";

    private static final PartMapping NOTHING_SAID = new PartMapping(Map.of(), null);

    /** A direction, as the mapping file names it: what a side's columns and its parts stand under. */
    private enum Way {
        UP("up", "green-parts", "green"),
        DOWN("down", "blue-parts", "blue");

        private final String columns;
        private final String parts;
        private final String to;

        Way(String columns, String parts, String to) {
            this.columns = columns;
            this.parts = parts;
            this.to = to;
        }

        String columnsOf(String path, Table part) {
            return path + "." + parts + "." + part.name() + "." + columns;
        }
    }

    private final Mapping mapping;
    private final Map<String, Table> blue;
    private final Map<String, Table> green;
    private final List<PlanProblem> problems = new ArrayList<>();
    private final NamedColumns names = new NamedColumns(problems);

    public PlanBuilder(Mapping mapping, Map<String, Table> blue, Map<String, Table> green) {
        this.mapping = mapping;
        this.blue = blue;
        this.green = green;
    }

    /** What blocks it, in both directions. Filled by {@link #tables}. */
    public List<PlanProblem> problems() {
        return List.copyOf(problems);
    }

    /** The plans of all tables that exist on both sides, by {@link TablePlan#name}. */
    public Map<String, TablePlan> tables(Side serving) {
        problems.clear();
        for (String name : mapping.tables().keySet()) {
            if (!blue.containsKey(name)) {
                problem(name, "the mapping names this table, but blue has none of that name", "correct tables." + name);
            }
        }
        Map<String, TablePlan> plans = new LinkedHashMap<>();
        for (Table blueTable : blue.values()) {
            if (mapping.ignored().contains(blueTable.name()) || mapping.isBluePart(blueTable.name())) {
                continue;
            }
            TableMapping named = mapping.tables().get(blueTable.name());
            TableMapping table = named != null ? named : TableMapping.namesake(blueTable.name());
            Table greenTable = green.get(table.green());
            if (greenTable == null) {
                problem(
                        blueTable.name(),
                        "green has no table " + table.green(),
                        "map it with tables." + blueTable.name() + ".green, or list it under ignore");
                continue;
            }
            plans(serving, blueTable, greenTable, table).forEach(plan -> plans.put(plan.name(), plan));
        }
        return plans;
    }

    private List<TablePlan> plans(Side serving, Table blueTable, Table greenTable, TableMapping table) {
        String path = "tables." + table.blue();
        names.columns(table.up().keySet(), greenTable, path + ".up");
        names.columns(table.down().keySet(), blueTable, path + ".down");
        names.drops(table.dropped().blue(), blueTable, blue, table.blueParts().keySet(), path + ".drop");
        names.drops(
                table.dropped().green(), greenTable, green, table.greenParts().keySet(), path + ".drop-green");
        if (table.appendOnly()) {
            return appendOnly(serving, blueTable, greenTable, table, path);
        }
        List<String> blueKey = table.key().isEmpty() ? KeyChoice.key(blueTable, greenTable, table.up()) : table.key();
        if (blueKey.isEmpty()) {
            problem(table.blue(), NO_KEY, ADD_KEY);
            return List.of();
        }
        Optional<List<String>> greenKey =
                counterparts(blueKey, blueTable, greenTable, table.up(), Way.UP, path + ".up");
        if (greenKey.isEmpty() || !unique(blueTable, blueKey, greenTable, greenKey.get(), blueKey, table.blue())) {
            return List.of();
        }
        if (!readable(blueTable, blueKey, path) || !readable(greenTable, greenKey.get(), path)) {
            return List.of();
        }
        SideRow blueMain = SideRow.of(blueTable, blueKey);
        SideRow greenMain = SideRow.of(greenTable, greenKey.get());
        Optional<SideRow> blueRow = withParts(blueMain, greenMain, blue, table.blueParts(), Way.DOWN, path);
        Optional<SideRow> greenRow = withParts(greenMain, blueMain, green, table.greenParts(), Way.UP, path);
        if (blueRow.isEmpty() || greenRow.isEmpty()) {
            return List.of();
        }
        // Both directions are walked, so that the way back is known to be whole before the way out is taken.
        List<TablePlan> toGreen = plans(blueRow.get(), greenRow.get(), table.up(), table.greenParts(), Way.UP, path);
        List<TablePlan> toBlue = plans(greenRow.get(), blueRow.get(), table.down(), table.blueParts(), Way.DOWN, path);
        return serving == Side.BLUE ? toGreen : toBlue;
    }

    private List<TablePlan> appendOnly(
            Side serving, Table blueTable, Table greenTable, TableMapping mapping, String path) {
        for (Table table : List.of(blueTable, greenTable)) {
            if (table.partitioned()) {
                problem(
                        table.name(),
                        path + ".append-only holds for tables of one file, and this one is partitioned",
                        ADD_KEY_THERE);
                return List.of();
            }
        }
        TablePlan toGreen = appendOnly(blueTable, greenTable, mapping.up(), path + "." + Way.UP.columns);
        TablePlan toBlue = appendOnly(greenTable, blueTable, mapping.down(), path + "." + Way.DOWN.columns);
        return List.of(serving == Side.BLUE ? toGreen : toBlue);
    }

    private TablePlan appendOnly(Table from, Table to, Map<String, String> expressions, String path) {
        return TablePlan.appendOnly(
                from.name(),
                to.name(),
                from.columnNames(),
                assignments(SideRow.of(from, List.of()), to, List.of(), expressions, false, path),
                new Only(from.inherits(), to.inherits()));
    }

    /** Adds the further tables of a side, which is made on this way; empty if one of them has no usable key. */
    private Optional<SideRow> withParts(
            SideRow side,
            SideRow other,
            Map<String, Table> tables,
            Map<String, PartMapping> parts,
            Way way,
            String path) {
        Optional<SideRow> row = Optional.of(side);
        for (Map.Entry<String, PartMapping> entry : parts.entrySet()) {
            Table part = tables.get(entry.getKey());
            if (part == null) {
                problem(
                        entry.getKey(),
                        path + "." + way.parts + "." + entry.getKey() + " names it, but there is no such table",
                        "correct the name");
                row = Optional.empty();
                continue;
            }
            Map<String, String> columns = entry.getValue().columns();
            String columnsPath = way.columnsOf(path, part);
            names.columns(columns.keySet(), part, columnsPath);
            Optional<List<String>> key = counterparts(other.key(), other.main(), part, columns, way, columnsPath);
            boolean usable = key.isPresent()
                    && unique(other.main(), other.key(), part, key.get(), key.get(), part.name())
                    && sameKeyTypes(side, part, key.get());
            row = usable ? row.map(before -> before.with(part, key.get())) : Optional.empty();
        }
        return row;
    }

    /** The plans of one way: that of the main table, and those of the tables that hold parts of its rows. */
    private List<TablePlan> plans(
            SideRow from,
            SideRow to,
            Map<String, String> expressions,
            Map<String, PartMapping> parts,
            Way way,
            String path) {
        boolean divided = !from.parts().isEmpty() || !to.parts().isEmpty();
        String unmirrorable = divided
                ? "its rows lie in several tables of one side"
                : from.main()
                        .unmirrorable()
                        .or(to.main()::unmirrorable)
                        .or(from::settingsInKey)
                        .orElse(null);
        List<TablePlan> plans = new ArrayList<>();
        plans.add(plan(from, to.main(), to.key(), expressions, path + "." + way.columns, null, unmirrorable));
        for (SideRow.Part part : to.parts()) {
            PartMapping mapped = parts.getOrDefault(part.table().name(), NOTHING_SAID);
            plans.add(plan(
                    from,
                    part.table(),
                    part.key(),
                    mapped.columns(),
                    way.columnsOf(path, part.table()),
                    new IdlePart(mapped.when()),
                    unmirrorable));
        }
        return plans;
    }

    private TablePlan plan(
            SideRow from,
            Table to,
            List<String> toKey,
            Map<String, String> expressions,
            String path,
            @Nullable IdlePart part,
            @Nullable String unmirrorable) {
        List<Assignment> assignments = assignments(from, to, toKey, expressions, part != null, path);
        return new TablePlan(
                from.main().name(),
                to.name(),
                keys(from.main(), from.key(), to, toKey),
                from.main().columnNames(),
                assignments,
                from.parts().stream().map(SideRow.Part::serving).toList(),
                part,
                new Only(from.main().inherits(), to.inherits()),
                unmirrorable == null ? LosslessCast.mayRefuse(assignments) : unmirrorable,
                false);
    }

    /** @param part whether the table holds a part of a row: its key is the row's, and a column of that name something else */
    private List<Assignment> assignments(
            SideRow from, Table to, List<String> toKey, Map<String, String> expressions, boolean part, String path) {
        List<Assignment> assignments = new ArrayList<>();
        for (Column column : to.columns()) {
            String name = column.name();
            int keyPosition = toKey.indexOf(name);
            if (keyPosition >= 0) {
                String keyColumn = from.key().get(keyPosition);
                String keyType = castType(from.main(), keyColumn);
                if (LosslessCast.readsAnother(keyType, column.type())) {
                    problem(
                            to.name() + "." + name,
                            "its type " + column.type() + " may not hold a key of type " + keyType,
                            "give both sides' column the same type");
                }
                assignments.add(LosslessCast.assignment(SqlText.identifier(keyColumn), keyType, column, true));
            } else if (column.generated()) {
                continue;
            } else if (expressions.containsKey(name)) {
                alwaysNumbered(to, column);
                assignments.add(said(from, expressions.get(name), to, column));
            } else if (from.type(name).isPresent() && !(part && from.key().contains(name))) {
                alwaysNumbered(to, column);
                assignments.add(copied(SqlText.identifier(name), from.type(name).get(), to, column));
            } else if (!column.optional()) {
                problem(
                        to.name() + "." + name,
                        "it is NOT NULL without a default, and nothing says what to put there",
                        "add " + path + "." + name);
            }
        }
        return assignments;
    }

    private void alwaysNumbered(Table to, Column column) {
        if (column.alwaysIdentity()) {
            problem(
                    to.name() + "." + column.name(),
                    "it is GENERATED ALWAYS AS IDENTITY and not part of the key, so no row that is there can be made equal",
                    "make it GENERATED BY DEFAULT AS IDENTITY");
        }
    }

    private Assignment said(SideRow from, String expression, Table to, Column column) {
        return Expressions.bareColumn(expression)
                .flatMap(from::type)
                .map(type -> copied(expression.strip(), type, to, column))
                .orElseGet(() -> new Assignment(column.name(), expression, column.castType(), false));
    }

    /** @param source the copied column as SQL names it */
    private Assignment copied(String source, String fromType, Table to, Column column) {
        if (LosslessCast.dropsAll(fromType, column.type())) {
            problem(
                    to.name() + "." + column.name(),
                    "its type " + column.type() + " holds only a part of a " + fromType,
                    "say with an expression which part is to be carried");
        }
        return LosslessCast.copy(source, fromType, column);
    }

    private static List<Key> keys(Table from, List<String> fromKey, Table to, List<String> toKey) {
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < fromKey.size(); i++) {
            keys.add(new Key(fromKey.get(i), castType(from, fromKey.get(i)), toKey.get(i), castType(to, toKey.get(i))));
        }
        return keys;
    }

    private static String castType(Table table, String column) {
        return table.column(column).orElseThrow().castType();
    }

    /**
     * The columns of a table that carry the other side's key unchanged: renamed by a plain expression, or of the same name.
     * Empty if there is none for one of them.
     */
    private Optional<List<String>> counterparts(
            List<String> key, Table keyed, Table table, Map<String, String> expressions, Way way, String path) {
        List<String> counterparts = new ArrayList<>();
        for (String column : key) {
            Optional<String> counterpart = KeyChoice.counterpart(column, keyed, table, expressions);
            if (counterpart.isEmpty()) {
                problem(
                        keyed.name() + "." + column,
                        "the key column has no counterpart in " + way.to + "'s " + table.name(),
                        "carry it by a plain column in " + path);
                return Optional.empty();
            }
            counterparts.add(counterpart.get());
        }
        return Optional.of(counterparts);
    }

    /** @param named the key that a problem is to name */
    private boolean unique(
            Table one, List<String> oneKey, Table other, List<String> otherKey, List<String> named, String place) {
        boolean unique = one.hasKey(oneKey) && other.hasKey(otherKey);
        if (!unique) {
            problem(
                    place,
                    "its key (" + String.join(", ", named)
                            + ") has no unique index on both sides whose columns are all NOT NULL",
                    "create one on exactly these columns, and set them NOT NULL");
        }
        return unique;
    }

    /** Marks name a row by its key, whichever of its tables was written. */
    private boolean sameKeyTypes(SideRow side, Table part, List<String> partKey) {
        boolean same = true;
        for (int i = 0; i < partKey.size(); i++) {
            String type = castType(side.main(), side.key().get(i));
            String partType = castType(part, partKey.get(i));
            if (!TableSql.sameKeys(type, partType)) {
                same = false;
                problem(
                        part.name() + "." + partKey.get(i),
                        "its type is " + partType + ", that of " + side.main().name() + "."
                                + side.key().get(i) + " is " + type,
                        "give both the same type");
            }
        }
        return same;
    }

    /** A key is written into a mark as text and read from it, on either side. */
    private boolean readable(Table table, List<String> key, String path) {
        Optional<String> unreadable = key.stream()
                .filter(column -> MarkKey.namesAnObject(castType(table, column)))
                .findFirst();
        unreadable.ifPresent(column -> problem(
                table.name(),
                "its key column " + column + " is of type " + castType(table, column)
                        + ", whose values name objects that the other side may not have",
                "name other unique columns in " + path + ".key, or keep the name as text"));
        return unreadable.isEmpty();
    }

    private void problem(String place, String problem, String remedy) {
        problems.add(new PlanProblem(place, problem, remedy));
    }
}
