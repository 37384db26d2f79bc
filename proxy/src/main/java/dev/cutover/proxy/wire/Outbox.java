// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way out of a channel, gathered into few writes: contiguous frames go out as one slice of the buffer
 * they came in, small messages share a buffer. Order is kept; nothing leaves before {@link #flush}.
 */
public final class Outbox {
    /** Frames up to this length are cheaper to copy than to send as a buffer of their own. */
    private static final int COPY_LIMIT = 512;

    private static final int SCRATCH_LIMIT = 16 * 1024;

    private final Channel channel;
    private @Nullable ByteBuf run;
    private int runStart;
    private int runEnd;
    private @Nullable ByteBuf scratch;
    private boolean unflushed;

    public Outbox(Channel channel) {
        this.channel = channel;
    }

    /** Sends bytes as they are. The source stays the caller's. */
    public void forward(ByteBuf source, int start, int length) {
        if (run != null) {
            if (run == source && runEnd == start) {
                runEnd += length;
                return;
            }
            commitRun(run);
        }
        if (length <= COPY_LIMIT && scratch != null) {
            appendable().writeBytes(source, start, length);
            return;
        }
        commitScratch();
        run = source.retain();
        runStart = start;
        runEnd = start + length;
    }

    /** A buffer to append small messages to. Valid until the next call of any other method. */
    public ByteBuf appendable() {
        if (run != null) {
            commitRun(run);
        }
        if (scratch != null && scratch.readableBytes() > SCRATCH_LIMIT) {
            commitScratch();
        }
        ByteBuf buffer = scratch;
        if (buffer == null) {
            buffer = channel.alloc().buffer(1024);
            scratch = buffer;
        }
        return buffer;
    }

    public void flush() {
        if (run != null) {
            commitRun(run);
        }
        commitScratch();
        if (unflushed) {
            unflushed = false;
            channel.flush();
        }
    }

    /** Whether the peer takes more. A channel that is closed takes anything, and drops it. */
    public boolean writable() {
        return channel.isWritable() || !channel.isOpen();
    }

    /** Drops what has not been flushed. */
    public void discard() {
        if (run != null) {
            run.release();
            run = null;
        }
        if (scratch != null) {
            scratch.release();
            scratch = null;
        }
    }

    private void commitRun(ByteBuf source) {
        run = null;
        write(source.slice(runStart, runEnd - runStart));
    }

    private void commitScratch() {
        ByteBuf buffer = scratch;
        if (buffer != null) {
            scratch = null;
            write(buffer);
        }
    }

    private void write(ByteBuf buffer) {
        unflushed = true;
        channel.write(buffer, channel.voidPromise());
    }
}
