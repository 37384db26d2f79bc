// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import org.jspecify.annotations.Nullable;

/** Whether and how clients are served by TLS at this moment. */
public final class ListenerTls {
    private volatile @Nullable ServerTls current;

    /** @param first null to serve without */
    public ListenerTls(@Nullable ServerTls first) {
        this.current = first;
    }

    /** For one connection; null if it is served without. */
    public @Nullable ServerTls current() {
        return current;
    }

    /** Connections that come from now on are served so. */
    public void replace(@Nullable ServerTls next) {
        current = next;
    }
}
