// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The mapped tables of both sides are what they were when mirroring began: nobody has changed them past the proxy. */
final class SchemaUnchanged implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.SCHEMA_UNCHANGED;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        Map<String, TablePlan> before = now.plan().tables();
        Map<String, TablePlan> after = now.drawn().out().tables();
        TreeSet<String> changed = new TreeSet<>(before.keySet());
        changed.addAll(after.keySet());
        changed.removeIf(table -> before.containsKey(table) && before.get(table).equals(after.get(table)));
        return changed.isEmpty()
                ? List.of()
                : List.of(blocking(
                        "tables were added, dropped or altered past the proxy since mirroring began: "
                                + String.join(", ", changed),
                        "undo that, or abort, then prepare and mirror again"));
    }
}
