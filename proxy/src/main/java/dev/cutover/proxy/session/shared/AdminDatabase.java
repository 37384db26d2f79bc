// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import dev.cutover.proxy.wire.Outbox;
import io.netty.channel.Channel;

/** What operators get to who name it as their database: see {@code docs/admin-database.md}. */
public interface AdminDatabase {
    /** Lets nobody in. */
    AdminDatabase CLOSED = new AdminDatabase() {
        @Override
        public boolean admits(String user) {
            return false;
        }

        @Override
        public ClientStage open(Operator operator) {
            throw new IllegalStateException("closed");
        }
    };

    /** Whether a role, which has proved who it is, may come in. */
    boolean admits(String user);

    /** What takes the frames of an operator who has been let in. */
    ClientStage open(Operator operator);

    /**
     * An operator's connection.
     *
     * @param hold stops reading until {@code release}; both on the channel's event loop
     */
    record Operator(String user, Channel channel, Outbox out, Runnable hold, Runnable release) {}
}
