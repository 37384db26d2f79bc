// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.launch;

/** Why a proxy did not start, in one line for the operator. */
public final class StartupException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartupException(String message) {
        super(message);
    }

    public StartupException(String message, Throwable cause) {
        super(message, cause);
    }
}
