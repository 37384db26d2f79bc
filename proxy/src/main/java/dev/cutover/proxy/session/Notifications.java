// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Passes NotificationResponse on: {@code int32 process id, string channel, string payload}. */
final class Notifications {
    private static final int PROCESS_ID_LENGTH = 4;

    private Notifications() {}

    /** Gives the client's own NOTIFY the process id that the client was sent at its login. */
    static void forward(
            @Nullable BackendConnection backend, Outbox client, int toldProcessId, ByteBuf in, int start, int length) {
        int processId = start + FrameReader.HEADER_LENGTH;
        if (backend != null && in.getInt(processId) == backend.processId()) {
            ByteBuf out = client.appendable();
            out.writeBytes(in, start, FrameReader.HEADER_LENGTH).writeInt(toldProcessId);
            int rest = processId + PROCESS_ID_LENGTH;
            out.writeBytes(in, rest, start + length - rest);
        } else {
            client.forward(in, start, length);
        }
    }
}
