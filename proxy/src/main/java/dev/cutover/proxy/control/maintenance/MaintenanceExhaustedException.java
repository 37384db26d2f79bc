// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import java.sql.SQLTransientConnectionException;

/** All places of a {@link MaintenancePool} were taken for too long. Says nothing about the server, which was not asked. */
public final class MaintenanceExhaustedException extends SQLTransientConnectionException {
    private static final long serialVersionUID = 1L;

    MaintenanceExhaustedException(String message) {
        super(message, "53300");
    }

    /** Whether this is what lies under a failure. */
    public static boolean caused(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof MaintenanceExhaustedException) {
                return true;
            }
        }
        return false;
    }
}
