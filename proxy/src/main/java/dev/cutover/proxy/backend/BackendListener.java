package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.FrameHandler;

/** Whoever has borrowed a backend connection. Called on the connection's event loop. */
public interface BackendListener extends FrameHandler {
    /** Everything that had arrived has been delivered: time to flush. */
    void backendReadComplete();

    void backendWritabilityChanged(boolean writable);

    /** The connection is gone, by whose doing ever. Nothing is called after this. */
    void backendClosed();
}
