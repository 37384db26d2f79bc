// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import java.util.List;

/** What one guardrail finds, for tests. */
final class Findings {
    private Findings() {}

    /** The texts of what blocks a flip, in order. */
    static List<String> blocking(Lifecycle cutover, String guardrail) throws Exception {
        return of(cutover, guardrail, true);
    }

    /** The texts of what blocks nothing, in order. */
    static List<String> notes(Lifecycle cutover, String guardrail) throws Exception {
        return of(cutover, guardrail, false);
    }

    /** Asserts that this verb is refused, and by these guardrails alone. */
    static void assertRefused(Lifecycle cutover, String verb, String... guardrails) throws Exception {
        Operation operation = cutover.attempt(verb, VerbRequest.PLAIN);
        assertEquals(State.REFUSED, operation.state(), operation::message);
        assertTrue(operation.findings().stream().allMatch(Finding::blocking), operation::toString);
        assertEquals(
                List.of(guardrails),
                operation.findings().stream().map(Finding::guardrail).distinct().toList(),
                operation::toString);
    }

    private static List<String> of(Lifecycle cutover, String guardrail, boolean blocking) throws Exception {
        Operation check = cutover.attempt("check", VerbRequest.PLAIN);
        assertNotEquals(State.FAILED, check.state(), check::message);
        return check.findings().stream()
                .filter(finding -> finding.guardrail().equals(guardrail) && finding.blocking() == blocking)
                .map(Finding::finding)
                .sorted()
                .toList();
    }
}
