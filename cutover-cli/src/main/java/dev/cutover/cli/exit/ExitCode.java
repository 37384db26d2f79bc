// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.exit;

import dev.cutover.config.adminapi.Operation;

/** What the command's exit status tells a script. Documented in {@code docs/command.md}. */
public final class ExitCode {
    public static final int OK = 0;
    /** It was tried and failed, or an unexpected error. */
    public static final int FAILED = 1;
    /** The command line or the configuration file is wrong. */
    public static final int USAGE = 2;
    /** A guardrail or the tenant's phase does not allow it. Nothing has changed. */
    public static final int REFUSED = 3;
    /** The drain deadline passed. Nothing has changed. */
    public static final int TIMED_OUT = 4;
    /** The connection to the admin API was lost while the operation ran. Ask {@code status} before trying again. */
    public static final int UNKNOWN = 5;
    /** The admin API cannot be reached or does not accept the token. */
    public static final int UNREACHABLE = 6;

    private ExitCode() {}

    public static int of(Operation.State state) {
        return switch (state) {
            case RUNNING, SUCCEEDED -> OK;
            case REFUSED -> REFUSED;
            case TIMED_OUT -> TIMED_OUT;
            case FAILED -> FAILED;
        };
    }
}
