// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks a connection that has been idle for a while whether it still lives: a Sync, which ReadyForQuery must answer. A
 * network forgets idle connections, and a server may have gone without a word.
 */
final class LivenessCheck implements BackendListener {
    private static final int PATIENCE_SECONDS = 5;

    private final BackendConnection connection;
    private final Runnable alive;
    private final Runnable dead;
    private @Nullable Future<?> timeout;

    /** @param alive called while the connection is still lent to the check */
    LivenessCheck(BackendConnection connection, Runnable alive, Runnable dead) {
        this.connection = connection;
        this.alive = alive;
        this.dead = dead;
    }

    void begin(EventLoop loop) {
        connection.lend(this);
        Messages.bare(connection.outbox().appendable(), FrontendMessage.SYNC);
        connection.outbox().flush();
        timeout = loop.schedule(connection::cut, PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void done(Runnable outcome) {
        if (timeout != null) {
            timeout.cancel(false);
            timeout = null;
            outcome.run();
        }
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        if (type == BackendMessage.READY_FOR_QUERY) {
            done(alive);
        }
        return true;
    }

    @Override
    public void backendClosed() {
        done(dead);
    }
}
