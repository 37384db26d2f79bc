// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.refusal;

import dev.cutover.config.adminapi.Finding;
import java.util.List;

/** A verb that the tenant's state does not allow. Nothing has changed. */
public class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Finding> findings;

    public RefusedException(String message, List<Finding> findings) {
        super(message);
        this.findings = List.copyOf(findings);
    }

    public RefusedException(String message) {
        this(message, List.of());
    }

    public List<Finding> findings() {
        return findings;
    }
}
