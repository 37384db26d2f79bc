// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

/** A migration tool did not do what it was to do; the message is the tool's own, behind its name. */
public final class MigrationFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    MigrationFailedException(String message, Throwable cause) {
        super(message, cause);
    }

    MigrationFailedException(String message) {
        super(message);
    }
}
