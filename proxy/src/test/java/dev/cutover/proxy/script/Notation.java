// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.script;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How scripts write messages: the type's letter, then its fields, separated by blanks. An empty name is {@code -}.
 *
 * <pre>
 * of a client: Q text | P name text | B portal statement [value...] [/ format...] | D S name | D P name | E portal [row limit]
 *              C S name | C P name | F function | S | H | d data | c | f reason | X | x hex[*times]... of anything
 * of a server: T column[:type]... | D value... | C tag | E [FATAL] sqlstate text [~schema] [@routine] | Z status | S name value | N text
 *              A channel payload | V value | 1 | 2 | 3 | n | s | I | t | G | H | W | d data | c
 * </pre>
 *
 * A column's type is an OID and 25, text, where none is named. Behind {@code /} in a Bind stand the result's formats. An error's
 * routine and schema are not shown, and of a long text only the beginning and the length.
 */
final class Notation {
    /** A text of more chars is not shown. */
    private static final int LONG = 2000;

    private static final String FATAL = "FATAL ";

    /** Who notifies. */
    private static final int OTHER_PROCESS = 9;

    /** The OID of the type text. */
    private static final int TEXT = 25;

    private Notation() {}

    /** The messages of one line, which {@code |} separates. */
    static List<String> messages(String line) {
        return Stream.of(line.split("\\s+\\|\\s+"))
                .map(String::strip)
                .filter(message -> !message.isEmpty())
                .toList();
    }

    static ByteBuf ofClient(String message) {
        char type = message.charAt(0);
        if (type == 'x') {
            ByteBuf raw = Unpooled.buffer();
            for (String part : after(message, 1).split(" ")) {
                String[] repeated = part.split("\\*");
                String hex = repeated.length == 1 ? part : repeated[0].repeat(Integer.parseInt(repeated[1]));
                raw.writeBytes(ByteBufUtil.decodeHexDump(hex));
            }
            return raw;
        }
        String rest = message.substring(1).strip();
        ByteBuf body = Unpooled.buffer();
        switch (type) {
            case 'Q', 'f' -> string(body, rest);
            case 'P' -> {
                string(body, name(word(rest, 0)));
                string(body, after(rest, 1));
                body.writeShort(0);
            }
            case 'B' -> bind(body, rest);
            case 'D', 'C' -> {
                body.writeByte(rest.charAt(0));
                string(body, name(word(rest, 1)));
            }
            case 'E' -> {
                string(body, name(word(rest, 0)));
                body.writeInt(words(rest).size() > 1 ? Integer.parseInt(word(rest, 1)) : 0);
            }
            case 'F' ->
                body.writeInt(Integer.parseInt(rest))
                        .writeShort(0)
                        .writeShort(0)
                        .writeShort(0);
            case 'd' -> body.writeCharSequence(rest + "\n", StandardCharsets.UTF_8);
            case 'S', 'H', 'c', 'X' -> {}
            default -> throw new IllegalArgumentException("no client sends " + message);
        }
        return frame(type, body);
    }

    private static void bind(ByteBuf body, String rest) {
        String[] parts = rest.split(" / ");
        List<String> words = words(parts[0]);
        string(body, name(words.get(0)));
        string(body, name(words.get(1)));
        body.writeShort(0);
        List<String> values = words.subList(2, words.size());
        body.writeShort(values.size());
        values.forEach(value -> value(body, value));
        List<String> formats = parts.length > 1 ? words(parts[1]) : List.of();
        body.writeShort(formats.size());
        formats.forEach(format -> body.writeShort(Integer.parseInt(format)));
    }

    static ByteBuf ofServer(String message) {
        char type = message.charAt(0);
        String rest = message.substring(1).strip();
        ByteBuf body = Unpooled.buffer();
        switch (type) {
            case 'T' -> {
                List<String> columns = words(rest);
                body.writeShort(columns.size());
                for (String column : columns) {
                    String[] parts = column.split(":");
                    string(body, parts[0]);
                    int oid = parts.length > 1 ? Integer.parseInt(parts[1]) : TEXT;
                    body.writeInt(0)
                            .writeShort(0)
                            .writeInt(oid)
                            .writeShort(-1)
                            .writeInt(-1)
                            .writeShort(0);
                }
            }
            case 'D' -> {
                List<String> values = words(rest);
                body.writeShort(values.size());
                values.forEach(value -> value(body, value));
            }
            case 'C' -> string(body, rest);
            case 'E' -> error(body, rest);
            case 'N' -> fields(body, "NOTICE", "00000", rest);
            case 'A' -> {
                body.writeInt(OTHER_PROCESS);
                string(body, word(rest, 0));
                string(body, after(rest, 1));
            }
            case 'V' -> value(body, rest);
            case 'Z' -> body.writeByte(rest.charAt(0));
            case 'S' -> {
                string(body, word(rest, 0));
                string(body, after(rest, 1));
            }
            case 't' -> body.writeShort(0);
            case 'G', 'H', 'W' -> body.writeByte(0).writeShort(0);
            case 'd' -> body.writeCharSequence(rest + "\n", StandardCharsets.UTF_8);
            case '1', '2', '3', 'n', 's', 'I', 'c' -> {}
            default -> throw new IllegalArgumentException("no server sends " + message);
        }
        return frame(type, body);
    }

    private static void error(ByteBuf body, String text) {
        boolean fatal = text.startsWith(FATAL);
        String rest = fatal ? text.substring(FATAL.length()) : text;
        int routine = rest.lastIndexOf(" @");
        String named = routine < 0 ? rest : rest.substring(0, routine);
        int schema = named.lastIndexOf(" ~");
        fields(
                body,
                fatal ? FATAL.strip() : "ERROR",
                word(rest, 0),
                after(schema < 0 ? named : named.substring(0, schema), 1));
        if (schema >= 0) {
            field(body, 's', named.substring(schema + 2));
        }
        if (routine >= 0) {
            field(body, 'R', rest.substring(routine + 2));
        }
    }

    /** Adds one more, in front of the end. */
    private static void field(ByteBuf body, char type, String value) {
        body.writerIndex(body.writerIndex() - 1).writeByte(type);
        string(body, value);
        body.writeByte(0);
    }

    private static void fields(ByteBuf body, String severity, String state, String text) {
        body.writeByte('S');
        string(body, severity);
        body.writeByte('V');
        string(body, severity);
        body.writeByte('C');
        string(body, state);
        body.writeByte('M');
        string(body, text);
        body.writeByte(0);
    }

    static String fromClient(char type, ByteBuf body) {
        return switch (type) {
            case 'Q', 'f' -> (type + " " + text(body)).strip();
            case 'P' -> "P " + shown(string(body)) + " " + text(body);
            case 'B' ->
                "B " + shown(string(body)) + " " + shown(string(body)) + values(afterFormats(body)) + formats(body);
            case 'D', 'C' -> type + " " + (char) body.readByte() + " " + shown(string(body));
            case 'E' -> "E " + shown(string(body)) + limit(body.readInt());
            case 'F' -> "F " + body.readInt();
            case 'd' -> "d " + body.toString(StandardCharsets.UTF_8).strip();
            default -> String.valueOf(type);
        };
    }

    static String fromServer(char type, ByteBuf body) {
        return switch (type) {
            case 'T' -> "T" + columns(body);
            case 'D' -> "D" + values(body);
            case 'C' -> "C " + string(body);
            case 'E', 'N' -> type + " " + fields(type, body);
            case 'A' -> "A" + notification(body);
            case 'V' -> "V " + body.skipBytes(Integer.BYTES).toString(StandardCharsets.UTF_8);
            case 'Z' -> "Z " + (char) body.readByte();
            case 'S' -> "S " + string(body) + " " + string(body);
            case 'd' -> "d " + body.toString(StandardCharsets.UTF_8).strip();
            default -> String.valueOf(type);
        };
    }

    private static String columns(ByteBuf body) {
        int count = body.readShort();
        StringBuilder columns = new StringBuilder();
        for (int i = 0; i < count; i++) {
            columns.append(' ').append(string(body));
            int oid = body.skipBytes(Integer.BYTES + Short.BYTES).readInt();
            columns.append(oid == TEXT ? "" : ":" + oid);
            body.skipBytes(8);
        }
        return columns.toString();
    }

    private static String text(ByteBuf body) {
        String text = string(body);
        return text.length() <= LONG ? text : text.substring(0, 8).strip() + " (" + text.length() + ")";
    }

    private static String formats(ByteBuf body) {
        int count = body.readShort();
        StringBuilder formats = new StringBuilder(count == 0 ? "" : " /");
        for (int i = 0; i < count; i++) {
            formats.append(' ').append(body.readShort());
        }
        return formats.toString();
    }

    private static String limit(int rows) {
        return rows == 0 ? "" : " " + rows;
    }

    private static String notification(ByteBuf body) {
        body.skipBytes(Integer.BYTES);
        return " " + string(body) + " " + string(body);
    }

    private static ByteBuf afterFormats(ByteBuf body) {
        return body.skipBytes(2 * body.readShort());
    }

    private static String values(ByteBuf body) {
        int count = body.readShort();
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < count; i++) {
            int length = body.readInt();
            values.append(' ').append(length < 0 ? "null" : body.readCharSequence(length, StandardCharsets.UTF_8));
        }
        return values.toString();
    }

    /** SQLSTATE and message, in front of them FATAL if it is; of a notice only the message. */
    private static String fields(char type, ByteBuf body) {
        List<String> shown = new ArrayList<>();
        for (byte field = body.readByte(); field != 0; field = body.readByte()) {
            String value = string(body);
            if (field == 'V' && value.equals("FATAL") || field == 'C' && type == 'E' || field == 'M') {
                shown.add(value);
            }
        }
        return String.join(" ", shown);
    }

    private static ByteBuf frame(char type, ByteBuf body) {
        return Unpooled.buffer()
                .writeByte(type)
                .writeInt(body.readableBytes() + Integer.BYTES)
                .writeBytes(body);
    }

    static void string(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        out.writeByte(0);
    }

    static String string(ByteBuf in) {
        String text = in.readCharSequence(in.bytesBefore((byte) 0), StandardCharsets.UTF_8)
                .toString();
        in.skipBytes(1);
        return text;
    }

    private static void value(ByteBuf out, String value) {
        if (value.equals("null")) {
            out.writeInt(-1);
        } else {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            out.writeInt(bytes.length).writeBytes(bytes);
        }
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }

    private static String word(String text, int index) {
        return words(text).get(index);
    }

    private static String after(String text, int words) {
        return words(text).stream().skip(words).collect(Collectors.joining(" "));
    }

    private static String name(String word) {
        return word.equals("-") ? "" : word;
    }

    private static String shown(String name) {
        return name.isEmpty() ? "-" : name;
    }
}
