// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** A backend connection without a server. */
public final class UnconnectedBackend {
    private UnconnectedBackend() {}

    @SuppressWarnings("NullAway") // it does not log in
    public static BackendConnection create() {
        PoolKey key = new PoolKey("main", "app", "app");
        BackendStartup startup = new BackendStartup(key, Map.of(), null, null);
        return new BackendConnection(key, new EmbeddedChannel(), startup, new LongAdder());
    }
}
