// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import io.netty.channel.Channel;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Makes backend connections whose server is a test. */
public final class MemoryBackend {
    private MemoryBackend() {}

    /** A connection that sends to this channel. It does not log in. */
    public static BackendConnection on(Channel channel) {
        PoolKey key = new PoolKey("main", "app", "app");
        return new BackendConnection(key, channel, new BackendStartup(key, Map.of(), null, null), new LongAdder());
    }
}
