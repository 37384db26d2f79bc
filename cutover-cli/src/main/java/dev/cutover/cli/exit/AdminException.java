// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.exit;

/** A call of the admin API that gave no answer of the kind that was asked for. */
public final class AdminException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public AdminException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** What the command should exit with, as {@code ExitCode} names it. */
    public int exitCode() {
        return exitCode;
    }
}
