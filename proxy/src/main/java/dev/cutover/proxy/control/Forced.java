package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import dev.cutover.config.control.GuardrailName;
import dev.cutover.config.control.GuardrailName.Force;
import dev.cutover.config.control.OperationRequest;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The guardrails that an operator has a flip go against. */
final class Forced {
    private Forced() {}

    /** @throws RefusedException if one of the names is none, or is of a guardrail that nobody may force */
    static Set<GuardrailName> of(OperationRequest request) throws RefusedException {
        Set<GuardrailName> forced = EnumSet.noneOf(GuardrailName.class);
        for (String label : new TreeSet<>(request.forced())) {
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
        if (request.force()) {
            Arrays.stream(GuardrailName.values())
                    .filter(name -> name.force() == Force.PLAIN)
                    .forEach(forced::add);
        }
        return forced;
    }

    static boolean covers(Set<GuardrailName> forced, Finding finding) {
        return GuardrailName.of(finding.guardrail()).filter(forced::contains).isPresent();
    }

    /** The message, and what was gone against: findings that stand in the way of a flip that goes all the same. */
    static String told(String message, List<Finding> findings) {
        TreeSet<String> against = new TreeSet<>();
        findings.stream().filter(Finding::blocking).forEach(finding -> against.add(finding.guardrail()));
        return against.isEmpty() ? message : message + ", forced against " + String.join(", ", against);
    }
}
