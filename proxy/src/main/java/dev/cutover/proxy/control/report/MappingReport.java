// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.report;

import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.MappedTable;
import dev.cutover.config.adminapi.MappedTable.MappedColumn;
import dev.cutover.config.adminapi.MappedTable.Source;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.PartColumn;
import dev.cutover.dualwrite.model.MirrorPlan.ServingPart;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.proxy.control.guardrail.GuardrailContext.Drawn;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/** The mapping of a movable tenant as it is carried out. */
public final class MappingReport {
    private static final PartMapping NOTHING_SAID = new PartMapping(Map.of(), null);

    private MappingReport() {}

    /** Empty while one of the sides has no tables, or cannot be read; {@code check} says which. */
    public static List<MappedTable> of(Tenant tenant) {
        try {
            Drawn drawn = MirrorPlans.preview(tenant.movement(), Side.BLUE);
            Map<String, TableMapping> said = tenant.mapping().tables();
            List<MappedTable> tables = new ArrayList<>();
            for (TablePlan up : drawn.out().tables().values()) {
                TablePlan down = up.idlePart() != null ? null : drawn.back().making(up.servingTable());
                if (down != null) {
                    TableMapping table = said.getOrDefault(up.servingTable(), TableMapping.namesake(up.servingTable()));
                    tables.add(table(up, down, table));
                    tables.addAll(greenParts(up, down, drawn.out(), table));
                    tables.addAll(blueParts(up, down, drawn.back(), table));
                }
            }
            return tables;
        } catch (RefusedException | SQLException e) {
            return List.of();
        }
    }

    private static MappedTable table(TablePlan up, TablePlan down, TableMapping said) {
        return new MappedTable(
                up.servingTable(),
                up.idleTable(),
                equal(names(up.key()), names(down.key())),
                columns(up, down.servingColumns(), said.up().keySet()),
                columns(down, up.servingColumns(), said.down().keySet()),
                null,
                up.unmirrorable());
    }

    private static List<MappedTable> greenParts(TablePlan up, TablePlan down, MirrorPlan out, TableMapping said) {
        List<MappedTable> tables = new ArrayList<>();
        for (ServingPart part : down.servingParts()) {
            PartMapping mapped = said.greenParts().getOrDefault(part.table(), NOTHING_SAID);
            tables.add(new MappedTable(
                    up.servingTable(),
                    part.table(),
                    equal(names(up.key()), part.key()),
                    columns(out, part, mapped),
                    List.of(),
                    mapped.when(),
                    up.unmirrorable()));
        }
        return tables;
    }

    private static List<MappedTable> blueParts(TablePlan up, TablePlan down, MirrorPlan back, TableMapping said) {
        List<MappedTable> tables = new ArrayList<>();
        for (ServingPart part : up.servingParts()) {
            PartMapping mapped = said.blueParts().getOrDefault(part.table(), NOTHING_SAID);
            tables.add(new MappedTable(
                    part.table(),
                    down.servingTable(),
                    equal(part.key(), names(down.key())),
                    List.of(),
                    columns(back, part, mapped),
                    mapped.when(),
                    up.unmirrorable()));
        }
        return tables;
    }

    private static List<MappedColumn> columns(MirrorPlan plan, ServingPart part, PartMapping said) {
        TablePlan way = Objects.requireNonNull(plan.making(part.table()), "both ways of a part are planned");
        List<String> all = part.columns().stream().map(PartColumn::column).toList();
        return columns(way, all, said.columns().keySet());
    }

    private static List<String> names(List<Key> key) {
        return key.stream().map(Key::servingColumn).toList();
    }

    private static List<String> equal(List<String> blue, List<String> green) {
        return IntStream.range(0, blue.size())
                .mapToObj(i -> blue.get(i) + (blue.get(i).equals(green.get(i)) ? "" : " = " + green.get(i)))
                .toList();
    }

    private static List<MappedColumn> columns(TablePlan way, List<String> all, Set<String> said) {
        return all.stream().map(column -> column(way, column, said)).toList();
    }

    private static MappedColumn column(TablePlan way, String column, Set<String> said) {
        for (Assignment assignment : way.assignments()) {
            if (assignment.idleColumn().equals(column)) {
                Source source =
                        assignment.key() ? Source.KEY : said.contains(column) ? Source.MAPPING : Source.NAMESAKE;
                return new MappedColumn(column, source, assignment.source());
            }
        }
        return new MappedColumn(column, Source.DEFAULT, null);
    }
}
