package dev.cutover.dualwrite.plan;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.plan.Table.Column;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Key;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rewrite.SqlText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes the {@link MirrorPlan} of one direction from both sides' catalogs and the mapping: what the mapping says first,
 * identity by name where it is silent, and a named problem for whatever is left.
 */
public final class PlanBuilder {
    private final Mapping mapping;
    private final Map<String, Table> blue;
    private final Map<String, Table> green;
    private final List<PlanProblem> problems = new ArrayList<>();

    public PlanBuilder(Mapping mapping, Map<String, Table> blue, Map<String, Table> green) {
        this.mapping = mapping;
        this.blue = blue;
        this.green = green;
    }

    /** What stands in the way, in both directions. Filled by {@link #tables}. */
    public List<PlanProblem> problems() {
        return List.copyOf(problems);
    }

    /** The plans of all tables that exist on both sides, by serving table name. */
    public Map<String, TablePlan> tables(Side serving) {
        problems.clear();
        for (String name : mapping.tables().keySet()) {
            if (!blue.containsKey(name)) {
                problem(name, "the mapping names this table, but blue has none of that name", "mend tables." + name);
            }
        }
        Map<String, TablePlan> plans = new LinkedHashMap<>();
        for (Table blueTable : blue.values()) {
            if (mapping.ignored().contains(blueTable.name())) {
                continue;
            }
            TableMapping table = tableMapping(blueTable.name());
            Table greenTable = green.get(table.green());
            if (greenTable == null) {
                problem(
                        blueTable.name(),
                        "green has no table " + table.green(),
                        "map it with tables." + blueTable.name() + ".green, or list it under ignore");
                continue;
            }
            plan(serving, blueTable, greenTable, table).ifPresent(plan -> plans.put(plan.servingTable(), plan));
        }
        return plans;
    }

    private TableMapping tableMapping(String blueTable) {
        TableMapping named = mapping.tables().get(blueTable);
        return named != null ? named : new TableMapping(blueTable, blueTable, List.of(), Map.of(), Map.of());
    }

    private Optional<TablePlan> plan(Side serving, Table blueTable, Table greenTable, TableMapping table) {
        unknownColumns(table.up().keySet(), greenTable, "tables." + table.blue() + ".up");
        unknownColumns(table.down().keySet(), blueTable, "tables." + table.blue() + ".down");
        List<String> blueKey = table.key().isEmpty() ? blueTable.primaryKey() : table.key();
        if (blueKey.isEmpty()) {
            problem(
                    table.blue(),
                    "it has no primary key",
                    "add one, or name unique columns in tables." + table.blue() + ".key");
            return Optional.empty();
        }
        List<String> greenKey = new ArrayList<>();
        for (String column : blueKey) {
            Optional<String> counterpart = counterpart(column, blueTable, greenTable, table);
            if (counterpart.isEmpty()) {
                problem(
                        table.blue() + "." + column,
                        "the key column has no counterpart in green's " + greenTable.name(),
                        "carry it by a plain column in tables." + table.blue() + ".up");
                return Optional.empty();
            }
            greenKey.add(counterpart.get());
        }
        if (!unique(blueTable, blueKey) || !unique(greenTable, greenKey)) {
            problem(
                    table.blue(),
                    "its key (" + String.join(", ", blueKey) + ") has no unique index on both sides",
                    "create one on exactly these columns");
            return Optional.empty();
        }
        String up = "tables." + table.blue() + ".up";
        String down = "tables." + table.blue() + ".down";
        // Both directions are walked, so that the way back is known to be whole before the way out is taken.
        List<Assignment> toGreen = assignments(blueTable, blueKey, greenTable, greenKey, table.up(), up);
        List<Assignment> toBlue = assignments(greenTable, greenKey, blueTable, blueKey, table.down(), down);
        boolean forward = serving == Side.BLUE;
        Table from = forward ? blueTable : greenTable;
        Table to = forward ? greenTable : blueTable;
        return Optional.of(new TablePlan(
                from.name(),
                to.name(),
                forward
                        ? keys(blueTable, blueKey, greenTable, greenKey)
                        : keys(greenTable, greenKey, blueTable, blueKey),
                from.columnNames(),
                forward ? toGreen : toBlue,
                from.unmirrorable().or(to::unmirrorable).orElse(null)));
    }

    private List<Assignment> assignments(
            Table from,
            List<String> fromKey,
            Table to,
            List<String> toKey,
            Map<String, String> expressions,
            String path) {
        List<Assignment> assignments = new ArrayList<>();
        for (Column column : to.columns()) {
            String name = column.name();
            int keyPosition = toKey.indexOf(name);
            if (keyPosition >= 0) {
                assignments.add(
                        new Assignment(name, SqlText.identifier(fromKey.get(keyPosition)), column.castType(), true));
            } else if (column.generated()) {
                continue;
            } else if (column.alwaysIdentity()) {
                problem(
                        to.name() + "." + name,
                        "it is GENERATED ALWAYS AS IDENTITY and not part of the key, so no row that is there can be made"
                                + " equal",
                        "make it GENERATED BY DEFAULT AS IDENTITY");
            } else if (expressions.containsKey(name)) {
                assignments.add(new Assignment(name, expressions.get(name), column.castType(), false));
            } else if (from.column(name).isPresent()) {
                assignments.add(new Assignment(name, namesake(type(from, name), column), column.castType(), false));
            } else if (!column.optional()) {
                problem(
                        to.name() + "." + name,
                        "it is NOT NULL without a default, and nothing says what to put there",
                        "add " + path + "." + name);
            }
        }
        return assignments;
    }

    /** A schema's own types (enums, domains, composites) have namesakes on the other side; text leads from one to the other. */
    private static String namesake(String fromType, Column to) {
        boolean ownTypes = fromType.indexOf('.') >= 0 || to.type().indexOf('.') >= 0;
        return SqlText.identifier(to.name()) + (ownTypes && !fromType.equals(to.type()) ? "::text" : "");
    }

    private static List<Key> keys(Table from, List<String> fromKey, Table to, List<String> toKey) {
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < fromKey.size(); i++) {
            keys.add(new Key(fromKey.get(i), castType(from, fromKey.get(i)), toKey.get(i), castType(to, toKey.get(i))));
        }
        return keys;
    }

    private static String type(Table table, String column) {
        return table.column(column).orElseThrow().type();
    }

    private static String castType(Table table, String column) {
        return table.column(column).orElseThrow().castType();
    }

    /** The green column that carries a blue key column unchanged: renamed by a plain {@code up}, or of the same name. */
    private static Optional<String> counterpart(
            String blueColumn, Table blueTable, Table greenTable, TableMapping table) {
        if (blueTable.column(blueColumn).isEmpty()) {
            return Optional.empty();
        }
        Optional<String> renamed = table.up().entrySet().stream()
                .filter(entry -> plainColumn(entry.getValue()).equals(blueColumn))
                .map(Map.Entry::getKey)
                .findFirst();
        return renamed.isPresent() ? renamed : greenTable.column(blueColumn).map(Column::name);
    }

    private static String plainColumn(String expression) {
        String trimmed = expression.strip();
        return trimmed.length() > 1 && trimmed.startsWith("\"") && trimmed.endsWith("\"")
                ? trimmed.substring(1, trimmed.length() - 1).replace("\"\"", "\"")
                : trimmed;
    }

    private static boolean unique(Table table, Collection<String> key) {
        return table.uniqueKeys().contains(Set.copyOf(key));
    }

    private void unknownColumns(Set<String> named, Table table, String path) {
        Set<String> known = table.columns().stream().map(Column::name).collect(Collectors.toSet());
        for (String column : named) {
            if (!known.contains(column)) {
                problem(table.name() + "." + column, path + " names it, but there is no such column", "mend the name");
            }
        }
    }

    private void problem(String place, String problem, String remedy) {
        problems.add(new PlanProblem(place, problem, remedy));
    }
}
