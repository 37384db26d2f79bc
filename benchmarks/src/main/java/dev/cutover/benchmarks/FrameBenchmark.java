// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import dev.cutover.proxy.wire.FrameHandler;
import dev.cutover.proxy.wire.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Cutting what was read into frames: one transaction of {@code pgbench -S -M prepared}, four frames there, five back. */
@State(Scope.Thread)
public class FrameBenchmark extends NanosecondsBenchmark {
    private final Seen seen = new Seen();
    private final FrameReader reader = new FrameReader(seen, PooledByteBufAllocator.DEFAULT);
    private final ByteBuf requests = PgbenchMessages.requests();
    private final ByteBuf replies = PgbenchMessages.replies();

    @Benchmark
    public int scanRequests() {
        return scan(requests);
    }

    @Benchmark
    public int scanReplies() {
        return scan(replies);
    }

    private int scan(ByteBuf read) {
        // The reader takes over what it is fed.
        reader.feed(read.retain().readerIndex(0));
        return seen.types;
    }

    /** Looks at types only. */
    private static final class Seen implements FrameHandler {
        int types;

        @Override
        public int wholeLimit(byte type) {
            return FrameReader.HEAD_LENGTH;
        }

        @Override
        public boolean frame(byte type, ByteBuf in, int start, int length) {
            types = 31 * types + type;
            return true;
        }

        @Override
        public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
            throw new IllegalStateException("no frame is that long");
        }

        @Override
        public void chunk(ByteBuf in, int start, int length, boolean last) {
            throw new IllegalStateException("no frame is that long");
        }
    }
}
