// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.Evaluation;
import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.catalog.Uncarried;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.mapping.Coverage;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.mapping.PlanProblem;
import dev.cutover.dualwrite.mapping.SettingsDependence;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.proxy.control.guardrail.ForcedGuardrails;
import dev.cutover.proxy.control.guardrail.GuardrailContext.Drawn;
import dev.cutover.proxy.control.guardrail.Guardrails;
import dev.cutover.proxy.control.refusal.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes mirror plans from a movable tenant's two schemas as they are now. */
public final class MirrorPlans {
    private static final String NAME = GuardrailName.MAPPING.label();

    /** Keeps a query short, and well below the columns that PostgreSQL allows it. */
    private static final int TRIED_AT_ONCE = 100;

    private MirrorPlans() {}

    /** The plan of the way out. @throws RefusedException naming every problem, if there are any */
    public static MirrorPlan orRefuse(Drawn drawn) throws RefusedException {
        List<Finding> problems = drawn.problems();
        if (!problems.isEmpty()) {
            throw new RefusedException(
                    problems.size() + " problem(s) with the mapping, the first: "
                            + problems.get(0).finding(),
                    problems);
        }
        return drawn.out();
    }

    /** The same, and a plan of no table is refused unless that is forced. */
    public static MirrorPlan orRefuse(Drawn drawn, Set<GuardrailName> forced) throws RefusedException {
        MirrorPlan plan = orRefuse(drawn);
        List<Finding> nothing = Guardrails.mappedTables(drawn);
        if (!nothing.isEmpty() && !ForcedGuardrails.covers(forced, nothing.get(0))) {
            throw new RefusedException(
                    nothing.get(0).finding() + "; " + nothing.get(0).remedy(), nothing);
        }
        return plan;
    }

    /** Plans that nothing is mirrored by: no statement begins with their token. */
    public static Drawn preview(TenantSides movement, Side serving) throws SQLException {
        return draw(movement, serving, "", 0);
    }

    /**
     * Reads both catalogs and tries every mapping expression, in both directions, where it will be evaluated.
     *
     * @param secret what tokens are made from
     * @param epoch of the plan of the way out; a flip takes the plan of the way back into the next one
     */
    public static Drawn draw(TenantSides movement, Side serving, String secret, long epoch) throws SQLException {
        try (Connection blueConnection = movement.blueDatabase().getConnection();
                Connection greenConnection = movement.greenDatabase().getConnection()) {
            Map<String, Table> blue = CatalogReader.read(blueConnection, movement.schema(Side.BLUE));
            Map<String, Table> green = CatalogReader.read(greenConnection, movement.schema(Side.GREEN));
            PlanBuilder builder = new PlanBuilder(movement.config().mapping(), blue, green);
            MirrorPlan out = plan(
                    movement,
                    serving,
                    MirrorToken.of(secret, epoch),
                    builder,
                    serving == Side.BLUE ? blueConnection : greenConnection);
            List<Finding> findings = new ArrayList<>();
            String invalid = movement.config().mapping().problem();
            if (invalid != null) {
                findings.add(new Finding(NAME, true, invalid, "correct the mapping file, then run cutover reload"));
            }
            for (PlanProblem problem : builder.problems()) {
                findings.add(new Finding(NAME, true, problem.place() + ": " + problem.problem(), problem.remedy()));
            }
            if (!movement.oneDatabase()) {
                out.tables().values().stream()
                        .filter(TablePlan::appendOnly)
                        .map(table -> table.servingTable() + ": " + PlanBuilder.ONE_DATABASE)
                        .forEach(problem -> findings.add(new Finding(NAME, true, problem, PlanBuilder.ADD_KEY_THERE)));
            }
            MirrorPlan back = plan(
                    movement,
                    serving.other(),
                    MirrorToken.of(secret, epoch + 1),
                    builder,
                    serving == Side.BLUE ? greenConnection : blueConnection);
            encodings(blueConnection, greenConnection, findings);
            boolean blueServes = serving == Side.BLUE;
            if (findings.isEmpty()) {
                tryExpressions(movement, blueServes ? blueConnection : greenConnection, out, findings);
                tryExpressions(movement, blueServes ? greenConnection : blueConnection, back, findings);
            }
            if (findings.isEmpty() && out.mode() == MirrorMode.INLINE) {
                out = SettingsDependence.leftToTheNet(
                        blueServes ? blueConnection : greenConnection, out, blueServes ? blue : green);
                back = SettingsDependence.leftToTheNet(
                        blueServes ? greenConnection : blueConnection, back, blueServes ? green : blue);
            }
            List<Uncarried> uncarried = findings.isEmpty()
                    ? Coverage.of(
                            movement.config().mapping(), blue, green, blueServes ? out : back, blueServes ? back : out)
                    : List.of();
            return new Drawn(out, back, findings, uncarried);
        }
    }

    /** What one encoding can write, another may not; and hashes of the same text would differ. */
    private static void encodings(Connection blue, Connection green, List<Finding> findings) throws SQLException {
        String blueEncoding = encoding(blue);
        String greenEncoding = encoding(green);
        if (!blueEncoding.equals(greenEncoding)) {
            findings.add(new Finding(
                    NAME,
                    true,
                    "blue's database is encoded in " + blueEncoding + ", green's in " + greenEncoding,
                    "put the idle side into a database of the same encoding"));
        }
    }

    private static String encoding(Connection connection) throws SQLException {
        return Rows.query(connection, "SELECT current_setting('server_encoding')", row -> row.getString(1))
                .get(0);
    }

    private static MirrorPlan plan(
            TenantSides movement, Side serving, String token, PlanBuilder builder, Connection database)
            throws SQLException {
        return new MirrorPlan(
                movement.config().name(),
                serving,
                movement.schema(serving),
                movement.schema(serving.other()),
                token,
                movement.config().mirror(),
                builder.tables(serving),
                CatalogReader.userNames(database),
                movement.config().searchPath(),
                CatalogReader.emptySchemas(database, movement.config().searchPath()),
                movement.transition());
    }

    /** In one query for many tables; only if that fails is each examined alone. */
    private static void tryExpressions(
            TenantSides movement, Connection connection, MirrorPlan plan, List<Finding> findings) {
        List<TableSql> tables = plan.tables().values().stream()
                .map(table -> new TableSql(plan, table))
                .toList();
        for (int from = 0; from < tables.size(); from += TRIED_AT_ONCE) {
            List<TableSql> some = tables.subList(from, Math.min(tables.size(), from + TRIED_AT_ONCE));
            if (!allEvaluate(movement, connection, some)) {
                some.forEach(table -> tryExpressions(movement, connection, plan, table, findings));
            }
        }
    }

    private static boolean allEvaluate(TenantSides movement, Connection connection, List<TableSql> tables) {
        String rows = tables.stream()
                .map(table -> "(" + evaluation(movement, table) + ")")
                .collect(Collectors.joining(", "));
        try {
            Rows.query(connection, "SELECT " + rows, row -> true);
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private static void tryExpressions(
            TenantSides movement, Connection connection, MirrorPlan plan, TableSql table, List<Finding> findings) {
        try {
            Rows.query(connection, evaluation(movement, table), row -> true);
        } catch (SQLException e) {
            String place =
                    table.table().name() + " to " + plan.serving().other().label();
            findings.add(new Finding(
                    NAME,
                    true,
                    place + culprit(movement, connection, table, OneLine.of(e)),
                    "correct the expression in the mapping file"));
        }
    }

    /** The column whose expression fails alone, and why; else why all of them together fail. */
    private static String culprit(TenantSides movement, Connection connection, TableSql table, String together) {
        String rows = " FROM " + table.serving() + " AS serving LIMIT 1";
        for (Assignment each : table.table().assignments()) {
            try {
                Evaluation.run(connection, each.expression(), rows);
                if (movement.oneDatabase()) {
                    Evaluation.run(connection, "(" + each.expression() + ")::" + each.type(), rows);
                }
            } catch (SQLException e) {
                return ", column " + each.idleColumn() + ": " + Evaluation.failure(each.expression(), e);
            }
        }
        return ": " + together;
    }

    /** Evaluates the expressions for a row. The values stay in the server: they may be of any size. */
    private static String evaluation(TenantSides movement, TableSql table) {
        String values = movement.oneDatabase() ? table.expressions() : table.texts();
        return "SELECT count(cutover_v) FROM (SELECT ROW(" + values + ") AS cutover_v FROM " + table.serving()
                + " AS serving LIMIT 1) AS cutover_r";
    }
}
