// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.Evaluation;
import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds what is wrong with a mapping as far as the serving side's catalog alone shows it: the idle side's schema is not made yet.
 * {@link PlanBuilder} finds the rest once both are there.
 */
public final class OneSidedMapping {
    /** No such schema, type, function or table. */
    private static final Set<String> NOT_THERE = Set.of("3F000", "42704", "42883", "42P01");

    private final Side side;
    private final boolean oneDatabase;
    private final Map<String, Table> tables;
    private final List<PlanProblem> problems = new ArrayList<>();

    private OneSidedMapping(Side side, boolean oneDatabase, Map<String, Table> tables) {
        this.side = side;
        this.oneDatabase = oneDatabase;
        this.tables = tables;
    }

    /**
     * Looks for tables, columns and keys that the serving side does not have, and for expressions over it that fail.
     *
     * @param oneDatabase whether the migrations run in the serving side's database: an expression may call what they are to make
     * @param connection to the serving side's database; reads at most one row of a table
     */
    public static List<PlanProblem> problems(
            Mapping mapping, Side serving, boolean oneDatabase, Connection connection, String schema)
            throws SQLException {
        OneSidedMapping looking = new OneSidedMapping(serving, oneDatabase, CatalogReader.read(connection, schema));
        for (TableMapping table : mapping.tables().values()) {
            looking.look(table, connection, schema);
        }
        return looking.problems;
    }

    private void look(TableMapping mapping, Connection connection, String schema) throws SQLException {
        boolean blue = side == Side.BLUE;
        String path = "tables." + mapping.blue();
        String name = blue ? mapping.blue() : mapping.green();
        Table table = tables.get(name);
        if (table == null) {
            problem(
                    name,
                    "the mapping names this table, but " + side.label() + " has none of that name",
                    "correct " + (blue ? path : path + ".green"));
            return;
        }
        int before = problems.size();
        columns(table, (blue ? mapping.down() : mapping.up()).keySet(), path + (blue ? ".down" : ".up"));
        if (blue) {
            columns(table, mapping.key(), path + ".key");
            if (mapping.appendOnly() && !oneDatabase) {
                problem(name, PlanBuilder.ONE_DATABASE, PlanBuilder.ADD_KEY_THERE);
            }
            if (!mapping.appendOnly() && mapping.key().isEmpty() && table.keys().isEmpty()) {
                problem(name, PlanBuilder.NO_KEY, PlanBuilder.ADD_KEY);
            }
        }
        Map<String, PartMapping> parts = blue ? mapping.blueParts() : mapping.greenParts();
        String partsPath = path + (blue ? ".blue-parts." : ".green-parts.");
        parts.forEach((part, columns) -> {
            Table partTable = tables.get(part);
            if (partTable == null) {
                problem(part, partsPath + part + " names it, but there is no such table", "correct the name");
            } else {
                columns(partTable, columns.columns().keySet(), partsPath + part);
            }
        });
        if (problems.size() == before && parts.isEmpty()) {
            String rows = " FROM " + SqlText.qualified(schema, name) + " AS serving LIMIT 1";
            expressions(blue ? mapping.up() : mapping.down(), path + (blue ? ".up." : ".down."), rows, connection);
            (blue ? mapping.greenParts() : mapping.blueParts())
                    .forEach((part, columns) -> expressions(
                            columns.columns(),
                            path + (blue ? ".green-parts." : ".blue-parts.") + part + ".",
                            rows,
                            connection));
        }
    }

    private void expressions(Map<String, String> expressions, String path, String rows, Connection connection) {
        expressions.forEach((column, expression) -> {
            try {
                Evaluation.run(connection, expression, rows);
            } catch (SQLException e) {
                if (!oneDatabase || !NOT_THERE.contains(e.getSQLState())) {
                    problem(path + column, Evaluation.failure(expression, e), "correct it in the mapping file");
                }
            }
        });
    }

    private void columns(Table table, Collection<String> named, String path) {
        for (String column : named) {
            if (table.column(column).isEmpty()) {
                problem(
                        table.name() + "." + column,
                        path + " names it, but there is no such column",
                        "correct the name");
            }
        }
    }

    private void problem(String place, String problem, String remedy) {
        problems.add(new PlanProblem(place, problem, remedy));
    }
}
