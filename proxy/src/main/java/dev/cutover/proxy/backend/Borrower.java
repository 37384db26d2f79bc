// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.ErrorFields;

/** Whoever asks a pool for a connection. Called on the pool's event loop, perhaps before the asking returns. */
public interface Borrower {
    void lent(BackendConnection connection);

    void refused(ErrorFields error);
}
