// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.declaration;

/** Why a tenant is not declared, changed or removed, in one line. Nothing has changed. */
public final class DeclarationRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    DeclarationRefusedException(String message) {
        super(message);
    }
}
