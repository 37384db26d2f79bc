// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.readcompare.ReadCounts.Compared;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads that were run on both sides since mirroring began in this direction were answered alike, and about as fast. */
final class ReadsAgree implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.READS_AGREE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        List<Finding> findings = new ArrayList<>();
        Map<String, Compared> reads = new LinkedHashMap<>();
        now.surveys().stream()
                .flatMap(survey -> survey.reads().stream())
                .forEach(read -> reads.merge(read.statement(), read, Compared::and));
        findings.addAll(silent(now, "which compared reads differ"));
        for (Compared read : reads.values()) {
            if (read.different() > 0) {
                findings.add(blocking(
                        read.different() + " of " + (read.equal() + read.different())
                                + " compared reads differ on the idle side: " + read.statement() + ": "
                                + read.difference(),
                        "correct the mapping or the statement, or flip with --force"));
            }
            if (read.slower() > 0) {
                findings.add(note(
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
