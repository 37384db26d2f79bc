// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameHandler;

/**
 * What a client connection is in, and so what takes its frames.
 *
 * <pre>
 * (startup packet) -> LoginStage -> Session, ReplicationStage, or the admin database
 * </pre>
 */
public interface ClientStage extends FrameHandler {
    /** All that had arrived has been delivered: time to flush. */
    void readComplete();

    void writabilityChanged(boolean writable);

    /**
     * The client has closed its direction of the connection.
     *
     * @return whether the stage still has something to answer, and closes the connection when it has done so
     */
    default boolean streamEnded() {
        return false;
    }

    /** The client has gone, by whose doing ever. Called once. */
    void closed();

    /** Ends the client's session with an error. */
    void end(ErrorFields error);
}
