// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes a connection as good as new by DISCARD ALL. It was one session's own, or a session has run code on it that the proxy
 * has not read. If the server refuses, the connection is closed.
 */
final class SessionReset implements BackendListener {
    private static final int PATIENCE_SECONDS = 5;

    private final BackendConnection connection;
    private final Runnable done;
    private final Runnable failed;
    private @Nullable Future<?> timeout;
    private boolean refused;
    private int answers;

    /**
     * @param done called while the connection is still lent to the reset
     * @param failed called when the connection is closed instead
     */
    SessionReset(BackendConnection connection, Runnable done, Runnable failed) {
        this.connection = connection;
        this.done = done;
        this.failed = failed;
    }

    void begin(EventLoop loop) {
        connection.lend(this);
        connection.reading(true);
        Messages.query(connection.outbox().appendable(), "DISCARD ALL", StandardCharsets.US_ASCII);
        // A statement timeout that has passed too late for DISCARD ALL fails the next message: this one.
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
        if (type == BackendMessage.ERROR_RESPONSE) {
            refused |= answers == 0;
        } else if (type == BackendMessage.READY_FOR_QUERY) {
            if (refused || connection.transactionStatus() != BackendMessage.IDLE) {
                connection.terminate();
            } else if (++answers == 2) {
                connection.discarded();
                done(done);
            }
        }
        return true;
    }

    @Override
    public void backendClosed() {
        done(failed);
    }
}
