// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.FrameHandler;
import io.netty.buffer.ByteBuf;

/**
 * Whoever has borrowed a backend connection. Called on the connection's event loop. The defaults suit a borrower of our own,
 * whose queries have short answers: whole frames, and nothing to pass on.
 */
public interface BackendListener extends FrameHandler {
    /** Everything that had arrived has been delivered: time to flush. */
    default void backendReadComplete() {}

    default void backendWritabilityChanged(boolean writable) {}

    /** The connection is gone, whoever closed it. Nothing is called after this. */
    void backendClosed();

    @Override
    default int wholeLimit(byte type) {
        return Integer.MAX_VALUE;
    }

    @Override
    default boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
        return true;
    }

    @Override
    default void chunk(ByteBuf in, int start, int length, boolean last) {}
}
