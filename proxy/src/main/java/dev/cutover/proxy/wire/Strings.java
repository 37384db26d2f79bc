// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The protocol's null-terminated strings. */
public final class Strings {
    private static final char REPLACEMENT = '\ufffd';
    /** A lone surrogate, which no text in UTF-8 holds. */
    private static final char NOT_UTF_8 = '\ud800';

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

    /** The name of a statement or portal: one that is not UTF-8 differs from all others, too. */
    public static String name(ByteBuf in, int start, int end) {
        String text = read(in, start, end);
        return text.indexOf(REPLACEMENT) < 0 ? text : otherName(in, start, end, text);
    }

    private static String otherName(ByteBuf in, int start, int end, String text) {
        byte[] bytes = new byte[end - start];
        in.getBytes(start, bytes);
        return Arrays.equals(bytes, text.getBytes(StandardCharsets.UTF_8))
                ? text
                : NOT_UTF_8 + new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The bytes of a {@link #name}. */
    public static byte[] bytes(String name) {
        return !name.isEmpty() && name.charAt(0) == NOT_UTF_8
                ? name.substring(1).getBytes(StandardCharsets.ISO_8859_1)
                : name.getBytes(StandardCharsets.UTF_8);
    }

    public static void write(ByteBuf out, String text) {
        write(out, text, StandardCharsets.UTF_8);
    }

    public static void write(ByteBuf out, String text, Charset charset) {
        out.writeCharSequence(text, charset);
        out.writeByte(0);
    }
}
