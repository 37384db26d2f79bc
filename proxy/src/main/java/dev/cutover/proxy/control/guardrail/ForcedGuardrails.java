// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.GuardrailName.Force;
import dev.cutover.proxy.control.refusal.RefusedException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The guardrails that an operator overrides. */
public final class ForcedGuardrails {
    private ForcedGuardrails() {}

    /** @throws RefusedException if one of the labels names no guardrail, or one that nobody may override */
    public static Set<GuardrailName> of(Set<String> labels) throws RefusedException {
        return of(labels, false);
    }

    /** @param plain whether those that concern single sessions are overridden, too */
    public static Set<GuardrailName> of(Set<String> labels, boolean plain) throws RefusedException {
        Set<GuardrailName> forced = EnumSet.noneOf(GuardrailName.class);
        for (String label : new TreeSet<>(labels)) {
            GuardrailName name = GuardrailName.of(label)
                    .orElseThrow(() -> new RefusedException("there is no guardrail " + label
                            + "; those that can be forced: " + GuardrailName.forceable()));
            if (name.force() == Force.NEVER) {
                throw new RefusedException("guardrail " + label
                        + " cannot be forced: the sides might not be equal, and writes might be lost. Those that can: "
                        + GuardrailName.forceable());
            }
            forced.add(name);
        }
        if (plain) {
            Arrays.stream(GuardrailName.values())
                    .filter(name -> name.force() == Force.PLAIN)
                    .forEach(forced::add);
        }
        return forced;
    }

    public static boolean covers(Set<GuardrailName> forced, Finding finding) {
        return GuardrailName.of(finding.guardrail()).filter(forced::contains).isPresent();
    }

    /** The message, and what was gone against: findings that block a flip that goes all the same. */
    public static String told(String message, List<Finding> findings) {
        TreeSet<String> against = new TreeSet<>();
        findings.stream().filter(Finding::blocking).forEach(finding -> against.add(finding.guardrail()));
        return against.isEmpty() ? message : message + ", forced against " + String.join(", ", against);
    }
}
