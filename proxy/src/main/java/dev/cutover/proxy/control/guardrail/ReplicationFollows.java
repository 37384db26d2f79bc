// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.schema.difference.Replicated;
import dev.cutover.dualwrite.schema.difference.Replicated.Left;
import dev.cutover.dualwrite.schema.difference.Replicated.Way;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What is published from a table of the serving side, or subscribed into it, is so for its counterpart, too. */
final class ReplicationFollows implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.REPLICATION_FOLLOWS;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        List<String> slots = Replicated.slots(connection);
        try (Connection idle = now.placement().idle().getConnection()) {
            for (Left left : Replicated.left(connection, idle, now.plan())) {
                findings.add(left.way() == Way.PUBLICATION ? published(left, slots) : subscribed(left));
            }
        }
        if (now.placement() instanceof OneDatabase || slots.isEmpty()) {
            return findings;
        }
        findings.add(note(
                "logical replication slots of the serving side's database send nothing of the idle side's: "
                        + String.join(", ", slots),
                "make their consumers read the idle side's database before complete; drop a slot that nobody reads"));
        return findings;
    }

    private Finding published(Left left, List<String> slots) {
        return blocking(
                "publication " + left.name() + " publishes " + String.join(", ", left.tables()) + and(left),
                "publish " + String.join(", ", left.counterparts()) + " by a publication of that name"
                        + (slots.isEmpty()
                                ? ""
                                : " and refresh its subscribers (slots: " + String.join(", ", slots) + ")")
                        + "; after complete, nothing keeps the published tables up. If nobody subscribes to it, flip with"
                        + " --force " + name().label());
    }

    private Finding subscribed(Left left) {
        return blocking(
                "subscription " + left.name() + " writes " + String.join(", ", left.tables()) + and(left),
                "make a subscription of that name write " + String.join(", ", left.counterparts())
                        + "; after the flip the old side refuses its writes. To flip all the same: --force "
                        + name().label());
    }

    private static String and(Left left) {
        return left.tables().size() == 1 ? " and not its counterpart" : " and not their counterparts";
    }
}
