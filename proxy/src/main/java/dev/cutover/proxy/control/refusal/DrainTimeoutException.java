// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.refusal;

import dev.cutover.config.adminapi.Blocker;
import java.util.List;

/** A gate that did not drain in time. It is open again and nothing has changed. */
public final class DrainTimeoutException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Blocker> blockers;

    public DrainTimeoutException(String message, List<Blocker> blockers) {
        super(message);
        this.blockers = List.copyOf(blockers);
    }

    public List<Blocker> blockers() {
        return blockers;
    }
}
