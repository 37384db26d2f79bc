// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import io.netty.buffer.ByteBuf;

/** Listens to a connection whose client has gone: to nothing, until the server closes it. */
final class Orphan implements BackendListener {
    static final Orphan LISTENER = new Orphan();

    private Orphan() {}

    @Override
    public void backendClosed() {}

    @Override
    public int wholeLimit(byte type) {
        return 0;
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        return true;
    }
}
