// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** A look at messages that may be about a SHOW of the proxy's own parameters. Nearly all are not, so it ends after a byte or two. */
final class ShowText {
    /** A message that asks for a parameter is not longer. */
    static final int LONGEST = 256;

    private static final byte[] VERB = "show".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PREFIX = "cutover.".getBytes(StandardCharsets.US_ASCII);
    private static final int LOWER = 0x20;
    private static final int DELETE = 0x7f;

    private ShowText() {}

    /** Whether the text begins with {@code SHOW cutover.}, in any case; the name may be in quotes. */
    static boolean begins(ByteBuf in, int text, int limit) {
        if (limit - text > LONGEST || !matches(in, text, limit, VERB)) {
            return false;
        }
        int at = text + VERB.length;
        while (at < limit && isBlank(in.getByte(at))) {
            at++;
        }
        boolean quoted = at < limit && in.getByte(at) == '"';
        return at > text + VERB.length && matches(in, quoted ? at + 1 : at, limit, PREFIX);
    }

    /** @param expected in lower case */
    private static boolean matches(ByteBuf in, int from, int limit, byte[] expected) {
        if (limit - from < expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if ((in.getByte(from + i) | LOWER) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether the text is the same in every encoding. */
    static boolean isAscii(ByteBuf in, int start, int end) {
        for (int i = start; i < end; i++) {
            byte next = in.getByte(i);
            if (next < ' ' && !isBlank(next) || next == DELETE) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(byte next) {
        return next == ' ' || next == '\t' || next == '\n' || next == '\r';
    }

    /**
     * What follows the names in a Bind.
     *
     * @return the format of the only column; negative if the message has a value, or is not one for a row of one column
     */
    static short resultFormat(ByteBuf in, int start, int limit) {
        int values = start + Short.BYTES;
        if (values > limit) {
            return -1;
        }
        values += Short.BYTES * in.getUnsignedShort(start);
        int results = values + Short.BYTES;
        if (results + Short.BYTES > limit || in.getShort(values) != 0) {
            return -1;
        }
        int count = in.getUnsignedShort(results);
        if (count == 0) {
            return 0;
        }
        short format = count == 1 && results + 2 * Short.BYTES == limit ? in.getShort(results + Short.BYTES) : -1;
        return format == 0 || format == 1 ? format : -1;
    }
}
