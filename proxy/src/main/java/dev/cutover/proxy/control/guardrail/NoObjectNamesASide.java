// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.schema.difference.SideReferences;
import dev.cutover.dualwrite.schema.difference.SideReferences.Reference;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * No object that is in use after the flip leads to the side that serves before it. The proxy translates what clients name in their
 * statements. It cannot translate what a function, a view, a trigger or a foreign key names: the fence refuses their writes to the
 * old side, and after {@code complete} their reads find rows that nobody keeps up.
 */
final class NoObjectNamesASide implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.NO_OBJECT_NAMES_A_SIDE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return references(now.plan(), now.placement().idle());
    }

    /** Works without a net, too. */
    List<Finding> references(MirrorPlan plan, DataSource idle) throws SQLException {
        String leaving = plan.servingSchema();
        // Only in two databases: then nothing there can mean the other one.
        if (leaving.equals(plan.idleSchema())) {
            return List.of();
        }
        List<Reference> references = new ArrayList<>();
        try (Connection connection = idle.getConnection()) {
            references.addAll(SideReferences.find(connection, plan.transition(), leaving));
            String side = plan.serving().other().name();
            references.addAll(SideReferences.parked(connection, plan.transition(), plan.tenant(), side, leaving));
        }
        return references.stream()
                .map(reference -> found(reference, leaving, plan.idleSchema()))
                .toList();
    }

    private Finding found(Reference reference, String leaving, String arriving) {
        String finding = reference.object() + " leads to the schema " + leaving + " (" + reference.to() + ")";
        return reference.harmless()
                ? note(finding, "make it use " + arriving + "'s before complete, which refuses to drop " + leaving)
                : blocking(
                        finding + ": after the flip that side is idle, refuses its writes, and is dropped in the end",
                        "make it lead to " + arriving
                                + ", or to no schema by name; if nothing uses it any more, flip with" + " --force "
                                + name().label());
    }
}
