// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.snapshot;

/** A snapshot could not be made, checked or restored; the message is one line for operators. */
public final class SnapshotException extends Exception {
    private static final long serialVersionUID = 1L;

    SnapshotException(String message) {
        super(message);
    }

    SnapshotException(String message, Throwable cause) {
        super(message, cause);
    }
}
