package dev.cutover.benchmarks;

import dev.cutover.proxy.reply.Expected;
import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.reply.ReplyListener;
import dev.cutover.proxy.reply.ReplyQueue;
import dev.cutover.proxy.reply.ReplyTranslator;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Expecting and passing on the replies of one transaction of {@code pgbench -S -M prepared}, up to where they would be
 * written to the client's socket.
 */
@State(Scope.Thread)
public class ReplyBenchmark extends NanosecondsBenchmark {
    private static final int LENGTH_AT = 1;

    private final Outbox outbox = new Outbox(new EmbeddedChannel());
    private final ReplyQueue queue = new ReplyQueue();
    private final Done done = new Done();
    private final ReplyTranslator translator = new ReplyTranslator(queue, outbox, done);
    private final ByteBuf replies = PgbenchMessages.replies();
    private final Object statement = new Object();

    @Benchmark
    public int expectAndForward() {
        queue.add(queue.next(Kind.BIND, statement));
        queue.add(queue.next(Kind.DESCRIBE, statement));
        queue.add(queue.next(Kind.EXECUTE, statement));
        queue.add(queue.next(Kind.SYNC, null));
        forward();
        return done.cycles;
    }

    private void forward() {
        int start = 0;
        while (start < replies.writerIndex()) {
            int length = 1 + replies.getInt(start + LENGTH_AT);
            translator.frame(replies.getByte(start), replies, start, length);
            start += length;
        }
        outbox.discard();
    }

    private static final class Done implements ReplyListener {
        int cycles;

        @Override
        public void completed(Expected expected, boolean rolledBack) {}

        @Override
        public void userCode(String reach) {}

        @Override
        public void parsed(Expected expected) {}

        @Override
        public void described(Expected expected, byte type, ByteBuf in, int start, int length) {}

        @Override
        public void closed(Expected expected) {}

        @Override
        public void failed(Expected expected) {
            throw new IllegalStateException("no reply is an error");
        }

        @Override
        public void skipped(Expected expected) {
            throw new IllegalStateException("no reply is an error");
        }

        @Override
        public void ready(byte status) {
            cycles++;
        }

        @Override
        public void settingsApplied() {}

        @Override
        public void aborted() {}

        @Override
        public void stillHolds(String reason) {}

        @Override
        public void inquired(boolean success) {}

        @Override
        public void copyIn() {}
    }
}
