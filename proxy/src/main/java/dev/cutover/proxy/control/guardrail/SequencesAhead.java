// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.schema.Sequences;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The flip can set the idle side's sequences ahead of the serving side's. It sets those that are behind, so they are no finding. */
final class SequencesAhead implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.SEQUENCES_AHEAD;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Connection idle = now.placement().idle().getConnection()) {
            Sequences sequences = Sequences.of(connection, idle, now.plan(), now.placement() instanceof OneDatabase);
            for (String sequence : sequences.cannotFollow(connection, idle)) {
                findings.add(
                        blocking(
                                "sequence " + sequence
                                        + " of the idle side ends before the values in use, or counts the other way",
                                "give it a MAXVALUE beyond them (its column may need bigint) and the serving side's INCREMENT"));
            }
        }
        return findings;
    }
}
