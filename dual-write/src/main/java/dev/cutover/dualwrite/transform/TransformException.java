// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transform;

/** A transformation that cannot be carried out as it is written; its message says why. */
public final class TransformException extends Exception {
    private static final long serialVersionUID = 1L;

    TransformException(String message) {
        super(message);
    }
}
