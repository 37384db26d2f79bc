package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import dev.cutover.dualwrite.compare.ReadCounts.Compared;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads that were run on both sides since mirroring began in this direction were answered alike, and about as fast. */
final class ReadsAgree implements Guardrail {
    static final String NAME = "reads-agree";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) {
        List<Finding> findings = new ArrayList<>();
        for (Compared read : mirroring.reads().compared()) {
            if (read.different() > 0) {
                findings.add(blocking(
                        read.different() + " of " + (read.equal() + read.different())
                                + " compared reads differ on the idle side: " + read.statement() + ": "
                                + read.difference(),
                        "mend the mapping or the statement, or flip with --force"));
            }
            if (read.slower() > 0) {
                findings.add(warning(
                        String.format(
                                Locale.ROOT,
                                "the idle side takes %.1f times as long: %s",
                                read.slower(),
                                read.statement()),
                        "an index may be missing there, or ANALYZE"));
            }
        }
        return findings;
    }
}
