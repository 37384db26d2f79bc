// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.ErrorFields;

/** Turns an idle connection into a lent one on its way to the borrower. */
record Lending(Borrower borrower, BackendListener listener) implements Borrower {
    @Override
    public void lent(BackendConnection connection) {
        connection.lend(listener);
        borrower.lent(connection);
    }

    @Override
    public void refused(ErrorFields error) {
        borrower.refused(error);
    }
}
