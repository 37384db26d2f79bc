package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.control.Finding;
import dev.cutover.config.control.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.schema.Sequences;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The idle side's sequences are ahead of the serving side's, or the flip can set them there. */
final class SequencesAhead implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.SEQUENCES_AHEAD;
    }

    @Override
    public List<Finding> check(Situation now, Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Connection idle = now.placement().idle().getConnection()) {
            Sequences sequences = Sequences.of(connection, idle, now.plan(), now.placement() instanceof OneDatabase);
            List<String> stuck = sequences.cannotFollow(connection, idle);
            for (String sequence : stuck) {
                findings.add(
                        blocking(
                                "sequence " + sequence
                                        + " of the idle side ends before the values in use, or counts the other way",
                                "give it a MAXVALUE beyond them (its column may need bigint) and the serving side's INCREMENT"));
            }
            List<String> behind = new ArrayList<>(sequences.behind(connection, idle));
            behind.removeAll(stuck);
            if (!behind.isEmpty()) {
                findings.add(note(
                        "sequences of the idle side are behind: " + String.join(", ", behind),
                        "the flip sets them ahead"));
            }
        }
        return findings;
    }
}
