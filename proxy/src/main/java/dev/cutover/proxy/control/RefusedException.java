package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import java.util.List;

/** A verb that the tenant's state does not allow. Nothing has changed. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Finding> findings;

    RefusedException(String message, List<Finding> findings) {
        super(message);
        this.findings = List.copyOf(findings);
    }

    RefusedException(String message) {
        this(message, List.of());
    }

    List<Finding> findings() {
        return findings;
    }
}
