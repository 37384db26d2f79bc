// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether a tenant can move.
 *
 * @param message what check said
 * @param blocking the findings that have to be dealt with first
 */
record Movability(String tenant, Verdict verdict, String message, List<Finding> blocking) {
    /** Those that can move come first, then those with the fewest findings. */
    static final Comparator<Movability> ORDER = Comparator.comparing(Movability::verdict)
            .thenComparing(each -> each.blocking().size())
            .thenComparing(Movability::tenant);

    enum Verdict {
        /** Nothing blocks it. */
        NOW,
        /** Findings block it, and each says what to do. */
        AFTER_CHANGES,
        /** The tenant's state does not allow it; the message says why. */
        REFUSED,
        /** It is not configured to move. */
        NOT,
        /** The tenant could not be checked. */
        UNKNOWN;

        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** @param moves whether the tenant is configured to move */
    static Movability of(Operation check, boolean moves) {
        List<Finding> blocking =
                check.findings().stream().filter(Finding::blocking).toList();
        Verdict verdict =
                switch (check.state()) {
                    case SUCCEEDED -> Verdict.NOW;
                    case REFUSED -> !moves ? Verdict.NOT : blocking.isEmpty() ? Verdict.REFUSED : Verdict.AFTER_CHANGES;
                    case RUNNING, TIMED_OUT, FAILED -> Verdict.UNKNOWN;
                };
        return new Movability(check.tenant(), verdict, check.message(), blocking);
    }

    /**
     * What blocks many tenants.
     *
     * @param cause the guardrail's name
     * @param example what it found for one of them
     */
    record Cause(String cause, int tenants, String example, String remedy) {}

    /** The most frequent first. */
    static List<Cause> causes(List<Movability> tenants) {
        Map<String, Cause> causes = new LinkedHashMap<>();
        for (Movability each : tenants) {
            Map<String, Finding> once = new LinkedHashMap<>();
            each.blocking().forEach(finding -> once.putIfAbsent(finding.guardrail(), finding));
            once.forEach((name, finding) -> causes.merge(
                    name,
                    new Cause(name, 1, each.tenant() + ": " + finding.finding(), finding.remedy()),
                    (before, now) -> new Cause(name, before.tenants() + 1, before.example(), before.remedy())));
        }
        return causes.values().stream()
                .sorted(Comparator.comparingInt(Cause::tenants).reversed().thenComparing(Cause::cause))
                .toList();
    }
}
