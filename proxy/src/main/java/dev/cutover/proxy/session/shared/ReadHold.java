// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import dev.cutover.proxy.wire.FrameReader;
import io.netty.channel.Channel;

/** Holds back what a client sends, for as long as there is a reason to. */
public final class ReadHold {
    /** The transaction waits at the gate, for a backend, or for its predecessor's end. */
    public static final int TRANSACTION = 1;
    /** The backend takes no more for the moment. */
    public static final int BACKPRESSURE = 2;
    /** The client does not read what it has been answered. */
    public static final int UNREAD_REPLIES = 4;

    /** The client has sent all that it will send. */
    public static final int LEAVING = 8;

    private final Channel channel;
    private final FrameReader reader;
    private int reasons;

    public ReadHold(Channel channel, FrameReader reader) {
        this.channel = channel;
        this.reader = reader;
    }

    public void hold(int reason) {
        if (reasons == 0) {
            channel.config().setAutoRead(false);
            reader.pause();
        }
        reasons |= reason;
    }

    public void release(int reason) {
        if ((reasons & reason) != 0) {
            reasons &= ~reason;
            if (reasons == 0) {
                channel.config().setAutoRead(true);
                resume();
            }
        }
    }

    /** Whether no whole message waits. */
    public boolean drained() {
        return reader.drained();
    }

    /** What the client has sent may be malformed. Whoever releases it has no part in that, a backend least of all. */
    private void resume() {
        try {
            reader.resume();
        } catch (RuntimeException e) {
            channel.pipeline().fireExceptionCaught(e);
        }
    }
}
