// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;

/**
 * What takes the frames that a {@link FrameReader} finds. The buffers belong to the reader: whoever keeps a part
 * retains it.
 */
public interface FrameHandler {
    /** How long a frame of this type may be, type byte included, to be delivered whole. */
    int wholeLimit(byte type);

    /**
     * A whole frame, from its type byte on.
     *
     * @return false to have it delivered again when the reader is resumed
     */
    boolean frame(byte type, ByteBuf in, int start, int length);

    /**
     * The beginning of a frame that is longer than its limit; {@link #chunk}s follow until all of it has come.
     *
     * @param frameLength of the whole frame, type byte included
     * @param available how much of it is here: at least {@link FrameReader#HEAD_LENGTH}
     * @return false to have it delivered again when the reader is resumed
     */
    boolean head(byte type, long frameLength, ByteBuf in, int start, int available);

    void chunk(ByteBuf in, int start, int length, boolean last);

    /** The reader keeps more bytes of a message that has not come whole, or less if negative. */
    default void kept(int bytes) {}
}
