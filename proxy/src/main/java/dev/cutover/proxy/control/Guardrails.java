package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** All guardrails of a flip, in the order in which they are reported. */
final class Guardrails {
    static final List<Guardrail> ALL = List.of(
            new BackfillComplete(),
            new VerificationClean(),
            new IdleSideAcceptsRows(),
            new MarksAreFew(),
            new NetInPlace(),
            new NoLongTransaction(),
            new SessionsCanMove(),
            new ResultsKeepTheirShape(),
            new ReadsAgree());

    private Guardrails() {}

    /** What all of them find; only that the idle side does not answer, if so, since others would ask it too. */
    static List<Finding> check(Tenant tenant, Mirroring mirroring) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Connection connection = mirroring.placement().serving().getConnection()) {
            findings.addAll(new IdleSideAnswers().check(tenant, mirroring, connection));
            if (!findings.isEmpty()) {
                return findings;
            }
            for (Guardrail guardrail : ALL) {
                findings.addAll(guardrail.check(tenant, mirroring, connection));
            }
        }
        return findings;
    }
}
