// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/**
 * Moves the channel of an idle connection to another event loop. A new connection costs the server a process and a login; this
 * costs two system calls and two tasks.
 *
 * <p>Netty deregisters in a task of its own, when what the old loop is delivering has been delivered. What the server sends
 * meanwhile stays in the socket. Nobody may use the connection between the two registrations. A channel of io_uring cannot be
 * moved: the kernel may still be filling its buffer when it is deregistered.
 */
final class LoopChange {
    private LoopChange() {}

    /**
     * Moves the channel. If that fails, the channel is closed.
     *
     * @param arrived called on the new event loop
     */
    static void begin(Channel channel, EventLoop to, Runnable arrived) {
        channel.deregister().addListener(left -> {
            if (!left.isSuccess() || !channel.isOpen()) {
                channel.close();
                return;
            }
            to.register(channel).addListener(registered -> {
                if (registered.isSuccess()) {
                    arrived.run();
                } else {
                    channel.close();
                }
            });
        });
    }
}
