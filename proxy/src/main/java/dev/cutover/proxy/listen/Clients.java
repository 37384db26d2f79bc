// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

import dev.cutover.proxy.client.ClientHandler;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** All connections of clients, for the end of the proxy. */
final class Clients {
    private static final ErrorFields SHUTDOWN = ErrorFields.fatal(
            "57P01", "terminating connection due to administrator command", "The proxy shuts down. Reconnect.");

    private final Map<Channel, ClientHandler> handlers = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition gone = lock.newCondition();

    void add(Channel channel, ClientHandler handler) {
        handlers.put(channel, handler);
        channel.closeFuture().addListener(closed -> remove(channel));
    }

    private void remove(Channel channel) {
        handlers.remove(channel);
        lock.lock();
        try {
            gone.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** @param peers what other proxies connect to; what they ask for is dealt with */
    void endIdle(@Nullable Channel peers) {
        handlers.forEach((channel, handler) -> channel.eventLoop().execute(() -> {
            if (handler.idle() && (peers == null || channel.parent() != peers)) {
                handler.end(SHUTDOWN);
            }
        }));
    }

    void endAll() {
        handlers.forEach((channel, handler) -> channel.eventLoop().execute(() -> handler.end(SHUTDOWN)));
    }

    /** @return whether no client is left */
    boolean awaitGone(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            while (!handlers.isEmpty() && left > 0) {
                left = gone.awaitNanos(left);
            }
            return handlers.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
