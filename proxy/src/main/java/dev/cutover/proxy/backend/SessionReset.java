package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Makes a connection that was one session's own as good as new: DISCARD ALL. If the server refuses, it is closed. */
final class SessionReset implements BackendListener {
    private final BackendConnection connection;
    private final Runnable done;
    private boolean refused;

    /** @param done called while the connection is still lent to the reset */
    SessionReset(BackendConnection connection, Runnable done) {
        this.connection = connection;
        this.done = done;
    }

    void begin() {
        connection.lend(this);
        connection.reading(true);
        Messages.query(connection.outbox().appendable(), "DISCARD ALL", StandardCharsets.US_ASCII);
        connection.outbox().flush();
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        if (type == BackendMessage.ERROR_RESPONSE) {
            refused = true;
        } else if (type == BackendMessage.READY_FOR_QUERY) {
            if (refused || connection.transactionStatus() != BackendMessage.IDLE) {
                connection.terminate();
            } else {
                connection.settings(SettingsSnapshot.NONE);
                connection.searchPath("");
                connection.prepared().clear();
                connection.prepared().unnamed(null);
                done.run();
            }
        }
        return true;
    }

    @Override
    public void backendClosed() {}
}
