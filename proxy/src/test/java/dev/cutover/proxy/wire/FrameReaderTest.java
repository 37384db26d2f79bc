// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FrameReaderTest {
    private static final int LIMIT = 64;

    private final Recorder recorder = new Recorder();
    private final FrameReader reader = new FrameReader(recorder, UnpooledByteBufAllocator.DEFAULT);

    @Test
    void framesAreTheSameWhereverTheBytesAreCut() {
        byte[] bytes = stream("Qselect 1", "S", "Pname and text", "X");
        for (int cut = 0; cut <= bytes.length; cut++) {
            recorder.seen.clear();
            reader.feed(Unpooled.copiedBuffer(bytes, 0, cut));
            reader.feed(Unpooled.copiedBuffer(bytes, cut, bytes.length - cut));
            assertEquals(List.of("Qselect 1", "S", "Pname and text", "X"), recorder.seen, "cut at " + cut);
        }
    }

    @Test
    void framesArriveByteByByte() {
        for (byte each : stream("Qselect 1", "S", "dx")) {
            reader.feed(Unpooled.wrappedBuffer(new byte[] {each}));
        }
        assertEquals(List.of("Qselect 1", "S", "dx"), recorder.seen);
    }

    @Test
    void aLongFrameComesAsHeadAndChunksWithNothingLost() {
        String body = "y".repeat(3 * FrameReader.HEAD_LENGTH);
        byte[] bytes = stream("d" + body, "S");
        for (int at = 0; at < bytes.length; at += 1000) {
            reader.feed(Unpooled.copiedBuffer(bytes, at, Math.min(1000, bytes.length - at)));
        }
        assertEquals(body.length() + 5, recorder.streamed);
        assertEquals(List.of("head", "last", "S"), recorder.seen);
    }

    @Test
    void aRefusedFrameIsDeliveredAgain() {
        recorder.refuse = true;
        reader.feed(Unpooled.wrappedBuffer(stream("Qone", "Qtwo")));
        recorder.refuse = false;
        reader.resume();
        assertEquals(List.of("refused", "Qone", "Qtwo"), recorder.seen);
    }

    @Test
    void aLengthThatCannotBeIsAViolation() {
        ProtocolViolation violation = assertThrows(
                ProtocolViolation.class,
                () -> reader.feed(Unpooled.wrappedBuffer(new byte[] {'Q', 0, 0, 0, 3, 0, 0, 0})));
        assertSame(ProtocolViolation.INVALID_LENGTH, violation);
    }

    @Test
    void whatIsKeptIsReleasedWhenTheReaderCloses() {
        ByteBuf in = Unpooled.copiedBuffer(stream("Qone"));
        recorder.refuse = true;
        reader.feed(in);
        reader.close();
        assertEquals(0, in.refCnt());
    }

    private static byte[] stream(String... frames) {
        ByteBuf out = Unpooled.buffer();
        for (String frame : frames) {
            out.writeByte(frame.charAt(0));
            out.writeInt(3 + frame.length());
            out.writeCharSequence(frame.substring(1), StandardCharsets.US_ASCII);
        }
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private static final class Recorder implements FrameHandler {
        final List<String> seen = new ArrayList<>();
        boolean refuse;
        int streamed;

        @Override
        public int wholeLimit(byte type) {
            return LIMIT;
        }

        @Override
        public boolean frame(byte type, ByteBuf in, int start, int length) {
            seen.add(refuse ? "refused" : (char) type + in.toString(start + 5, length - 5, StandardCharsets.US_ASCII));
            return !refuse;
        }

        @Override
        public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
            streamed += available;
            seen.add("head");
            return true;
        }

        @Override
        public void chunk(ByteBuf in, int start, int length, boolean last) {
            streamed += length;
            if (last) {
                seen.add("last");
            }
        }
    }
}
