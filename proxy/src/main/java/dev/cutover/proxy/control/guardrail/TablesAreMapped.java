// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.catalog.Uncarried;
import java.sql.Connection;
import java.util.List;
import java.util.stream.Collectors;

/** At least one table is mapped, unless neither side has a table: a transition of nothing proves nothing. */
final class TablesAreMapped implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.TABLES_ARE_MAPPED;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        return mapped(now.drawn());
    }

    List<Finding> mapped(GuardrailContext.Drawn drawn) {
        boolean nothing = drawn.problems().isEmpty() && drawn.out().tables().isEmpty();
        if (!nothing || drawn.uncarried().isEmpty()) {
            return List.of();
        }
        Side serving = drawn.out().serving();
        return List.of(blocking(
                "no table of the serving side is mapped: "
                        + tables(drawn, serving, drawn.out().servingSchema()) + ", "
                        + tables(drawn, serving.other(), drawn.out().idleSchema()),
                "correct the sides' schemas in the configuration, or tables and ignore in the mapping file; if no table"
                        + " is to move, use --force " + name().label()));
    }

    private static String tables(GuardrailContext.Drawn drawn, Side side, String schema) {
        String tables = drawn.uncarried().stream()
                .filter(each -> each.side() == side)
                .map(Uncarried::table)
                .distinct()
                .collect(Collectors.joining(", "));
        return side.label() + "'s schema " + schema + " has " + (tables.isEmpty() ? "no table" : "only " + tables);
    }
}
