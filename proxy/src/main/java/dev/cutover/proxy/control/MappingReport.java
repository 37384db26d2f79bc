package dev.cutover.proxy.control;

import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import dev.cutover.config.control.MappedTable;
import dev.cutover.config.control.MappedTable.MappedColumn;
import dev.cutover.config.control.MappedTable.Source;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Key;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.proxy.control.guardrail.Situation.Drawn;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The mapping of a movable tenant as it is carried out. */
final class MappingReport {
    private MappingReport() {}

    /** Empty while one of the sides has no tables, or cannot be read; {@code check} says which. */
    static List<MappedTable> of(Tenant tenant) {
        try {
            Drawn drawn = MirrorPlans.draw(tenant.movement(), Side.BLUE, "");
            Map<String, TableMapping> said = tenant.config().mapping().tables();
            List<MappedTable> tables = new ArrayList<>();
            for (TablePlan up : drawn.out().tables().values()) {
                TablePlan down = drawn.back().tables().get(up.idleTable());
                if (down != null) {
                    tables.add(table(up, down, said.get(up.servingTable())));
                }
            }
            return tables;
        } catch (RefusedException | SQLException e) {
            return List.of();
        }
    }

    private static MappedTable table(TablePlan up, TablePlan down, @Nullable TableMapping said) {
        return new MappedTable(
                up.servingTable(),
                up.idleTable(),
                up.key().stream().map(MappingReport::key).toList(),
                columns(
                        up.assignments(),
                        down.servingColumns(),
                        said == null ? Set.of() : said.up().keySet()),
                columns(
                        down.assignments(),
                        up.servingColumns(),
                        said == null ? Set.of() : said.down().keySet()),
                up.unmirrorable());
    }

    private static String key(Key key) {
        return key.servingColumn() + (key.servingColumn().equals(key.idleColumn()) ? "" : " = " + key.idleColumn());
    }

    private static List<MappedColumn> columns(List<Assignment> assignments, List<String> all, Set<String> said) {
        return all.stream()
                .map(column -> assignments.stream()
                        .filter(assignment -> assignment.idleColumn().equals(column))
                        .findFirst()
                        .map(assignment -> new MappedColumn(
                                column,
                                assignment.key()
                                        ? Source.KEY
                                        : said.contains(column) ? Source.MAPPING : Source.NAMESAKE,
                                assignment.expression()))
                        .orElse(new MappedColumn(column, Source.DEFAULT, null)))
                .toList();
    }
}
