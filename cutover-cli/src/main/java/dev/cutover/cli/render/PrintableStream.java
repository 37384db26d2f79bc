// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard output as operators read it. Names, keys, queries and errors come from clients and servers. A control character in them
 * could move the cursor, hide a line or rename the terminal's window, and a direction mark could turn a name around. Such
 * characters are printed as {@code \}{@code u001b} and the like, which in JSON means the same character.
 */
public final class PrintableStream extends PrintStream {
    public PrintableStream(OutputStream out) {
        super(out, true, StandardCharsets.UTF_8);
    }

    /** The text with its control and direction characters escaped; line ends and tabs stay. */
    public static String escape(String text) {
        if (text.codePoints().noneMatch(PrintableStream::unprintable)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.chars().forEach(c -> {
            if (unprintable(c)) {
                escaped.append(String.format("\\u%04x", c));
            } else {
                escaped.append((char) c);
            }
        });
        return escaped.toString();
    }

    /** Control characters (Cc), and those that change a text's direction or split its lines (Cf, Zl, Zp). All lie below U+10000. */
    private static boolean unprintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL -> c != '\n' && c != '\t';
            case Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> c < 0x10000;
            default -> false;
        };
    }

    @Override
    public void print(String text) {
        super.print(escape(String.valueOf(text)));
    }

    @Override
    public void print(char c) {
        print(String.valueOf(c));
    }

    @Override
    public void print(Object value) {
        print(String.valueOf(value));
    }
}
