// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.console;

import dev.cutover.proxy.wire.ErrorFields;

/** Why a command has no answer, as the operator is told. */
public final class AdminFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient ErrorFields error;

    AdminFailure(String sqlState, String message, String hint) {
        super(message);
        this.error = ErrorFields.error(sqlState, message, hint);
    }

    ErrorFields error() {
        return error;
    }
}
