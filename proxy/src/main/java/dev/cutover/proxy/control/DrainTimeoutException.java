package dev.cutover.proxy.control;

import dev.cutover.config.control.Blocker;
import java.util.List;

/** A gate that did not drain in time. It is open again and nothing has changed. */
final class DrainTimeoutException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Blocker> blockers;

    DrainTimeoutException(String message, List<Blocker> blockers) {
        super(message);
        this.blockers = List.copyOf(blockers);
    }

    List<Blocker> blockers() {
        return blockers;
    }
}
