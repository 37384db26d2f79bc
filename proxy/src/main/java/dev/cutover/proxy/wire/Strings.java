package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The protocol's null-terminated strings. */
public final class Strings {
    private Strings() {}

    /** Where the string that begins at {@code start} has its terminator; it must come before {@code limit}. */
    public static int end(ByteBuf in, int start, int limit) {
        int end = start > limit ? -1 : in.indexOf(start, limit, (byte) 0);
        if (end < 0) {
            throw ProtocolViolation.UNTERMINATED_STRING;
        }
        return end;
    }

    public static String read(ByteBuf in, int start, int end) {
        return start == end ? "" : in.toString(start, end - start, StandardCharsets.UTF_8);
    }

    public static void write(ByteBuf out, String text) {
        write(out, text, StandardCharsets.UTF_8);
    }

    public static void write(ByteBuf out, String text, Charset charset) {
        out.writeCharSequence(text, charset);
        out.writeByte(0);
    }
}
