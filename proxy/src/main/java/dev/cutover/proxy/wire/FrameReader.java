// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into frames, without copying what arrives in one piece.
 *
 * <pre>
 * byte  type
 * int32 length, itself included and the type byte not
 * byte[length - 4] body
 * </pre>
 *
 * Only a frame that arrives in pieces is copied, and only that frame. A frame longer than its handler's limit is
 * delivered as a head and chunks, so memory is bounded whatever a peer declares. The reader can be paused between any
 * two deliveries; it then keeps what has been read, and resumes where it stopped.
 *
 * <p>Not safe for use by several threads: it belongs to a channel's event loop.
 */
public final class FrameReader {
    /** Type and length. */
    public static final int HEADER_LENGTH = 5;
    /** How much of a long frame is here, at least, when its head is delivered. */
    public static final int HEAD_LENGTH = 8 * 1024;
    /** The longest body that PostgreSQL itself accepts: one byte less than its largest allocation. */
    private static final int MAX_LENGTH = 0x3fffffff;

    private final FrameHandler handler;
    private final ByteBufAllocator allocator;
    private final Deque<ByteBuf> inputs = new ArrayDeque<>(4);
    private @Nullable ByteBuf partial;
    private long streaming;
    private boolean paused;
    private boolean running;
    private boolean closed;
    /** A resume that came while a delivery was under way outweighs that delivery's refusal. */
    private boolean resumed;

    public FrameReader(FrameHandler handler, ByteBufAllocator allocator) {
        this.handler = handler;
        this.allocator = allocator;
    }

    /** Takes over a buffer and delivers what is complete, unless paused. */
    public void feed(ByteBuf in) {
        if (closed) {
            in.release();
            return;
        }
        inputs.add(in);
        run();
    }

    public void pause() {
        paused = true;
    }

    /** Continues; a frame that was refused is delivered again. Inside of a delivery it only takes back the pause. */
    public void resume() {
        paused = false;
        resumed = true;
        run();
    }

    public boolean paused() {
        return paused;
    }

    /** Whether the rest of a long frame is still to come. */
    public boolean midFrame() {
        return streaming > 0;
    }

    /** Whether all that was fed has been delivered, but for a frame whose rest has not come. */
    public boolean drained() {
        return !running && inputs.stream().noneMatch(ByteBuf::isReadable) && (partial == null || !complete(partial));
    }

    /** Drops what is kept. May be called inside of a delivery. */
    public void close() {
        closed = true;
        if (!running) {
            releaseAll();
        }
    }

    private void run() {
        if (running) {
            return;
        }
        running = true;
        try {
            while (!paused && !closed) {
                ByteBuf in = inputs.peek();
                if (partial != null && complete(partial)) {
                    deliverPartial(partial);
                } else if (in == null) {
                    return;
                } else if (in.isReadable()) {
                    step(in);
                } else {
                    inputs.remove();
                    in.release();
                }
            }
        } finally {
            running = false;
            if (closed) {
                releaseAll();
            }
        }
    }

    private void refused() {
        paused = !resumed;
    }

    private void step(ByteBuf in) {
        resumed = false;
        int start = in.readerIndex();
        if (streaming > 0) {
            int length = (int) Math.min(streaming, in.readableBytes());
            streaming -= length;
            in.skipBytes(length);
            handler.chunk(in, start, length, streaming == 0);
        } else if (partial != null) {
            fill(partial, in);
        } else if (in.readableBytes() < HEADER_LENGTH) {
            handler.kept(in.readableBytes());
            partial = allocator.buffer(64).writeBytes(in);
        } else {
            byte type = in.getByte(start);
            long frame = frameLength(in, start);
            int limit = handler.wholeLimit(type);
            int readable = in.readableBytes();
            if (readable < needed(frame, limit)) {
                handler.kept(readable);
                // Room for the whole need at once would let a peer allocate by merely declaring a length.
                partial = allocator
                        .buffer(Math.min(needed(frame, limit), 2 * readable + 1024))
                        .writeBytes(in);
            } else if (frame <= limit) {
                if (handler.frame(type, in, start, (int) frame)) {
                    in.skipBytes((int) frame);
                } else {
                    refused();
                }
            } else {
                int available = (int) Math.min(frame, readable);
                if (handler.head(type, frame, in, start, available)) {
                    in.skipBytes(available);
                    streaming = frame - available;
                } else {
                    refused();
                }
            }
        }
    }

    private void fill(ByteBuf kept, ByteBuf in) {
        int target = HEADER_LENGTH;
        if (kept.readableBytes() >= HEADER_LENGTH) {
            target = needed(frameLength(kept, 0), handler.wholeLimit(kept.getByte(0)));
        }
        int more = Math.min(target - kept.readableBytes(), in.readableBytes());
        handler.kept(more);
        kept.writeBytes(in, more);
    }

    private boolean complete(ByteBuf kept) {
        return kept.readableBytes() >= HEADER_LENGTH
                && kept.readableBytes() >= needed(frameLength(kept, 0), handler.wholeLimit(kept.getByte(0)));
    }

    private void deliverPartial(ByteBuf kept) {
        resumed = false;
        byte type = kept.getByte(0);
        long frame = frameLength(kept, 0);
        int available = kept.readableBytes();
        boolean accepted = frame <= handler.wholeLimit(type)
                ? handler.frame(type, kept, 0, available)
                : handler.head(type, frame, kept, 0, available);
        if (accepted) {
            streaming = frame - available;
            partial = null;
            kept.release();
            handler.kept(-available);
        } else {
            refused();
        }
    }

    private static int needed(long frame, int limit) {
        return (int) (frame <= limit ? frame : Math.min(frame, HEAD_LENGTH));
    }

    private static long frameLength(ByteBuf in, int start) {
        int length = in.getInt(start + 1);
        if (length < 4 || length > MAX_LENGTH) {
            throw ProtocolViolation.INVALID_LENGTH;
        }
        return 1L + length;
    }

    private void releaseAll() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
        ByteBuf in;
        while ((in = inputs.poll()) != null) {
            in.release();
        }
    }
}
