// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an ErrorResponse or NoticeResponse, by their one-byte type (chapter 55.8).
 *
 * <pre>
 * { byte type, string value }... byte 0
 * </pre>
 */
public final class ErrorFields {
    public static final char SEVERITY = 'S';
    public static final char SEVERITY_NOT_LOCALIZED = 'V';
    public static final char SQLSTATE = 'C';
    public static final char MESSAGE = 'M';
    public static final char DETAIL = 'D';
    public static final char HINT = 'H';
    public static final char POSITION = 'P';
    public static final char WHERE = 'W';
    public static final char SCHEMA = 's';
    public static final char TABLE = 't';
    public static final char FILE = 'F';
    public static final char ROUTINE = 'R';

    private final Map<Character, String> fields;

    private ErrorFields(Map<Character, String> fields) {
        this.fields = fields;
    }

    /** An error of the proxy's own. Its routine field says so. */
    public static ErrorFields error(String sqlState, String message, String hint) {
        return own("ERROR", sqlState, message, hint);
    }

    /** An error of the proxy's own that ends the session. */
    public static ErrorFields fatal(String sqlState, String message, String hint) {
        return own("FATAL", sqlState, message, hint);
    }

    private static ErrorFields own(String severity, String sqlState, String message, String hint) {
        Map<Character, String> fields = new LinkedHashMap<>();
        fields.put(SEVERITY, severity);
        fields.put(SEVERITY_NOT_LOCALIZED, severity);
        fields.put(SQLSTATE, sqlState);
        fields.put(MESSAGE, message);
        fields.put(HINT, hint);
        fields.put(ROUTINE, "cutover");
        return new ErrorFields(fields);
    }

    /** Decodes a whole frame. */
    public static ErrorFields decode(ByteBuf in, int start, int length) {
        Map<Character, String> fields = new LinkedHashMap<>();
        int limit = start + length;
        int at = start + FrameReader.HEADER_LENGTH;
        while (at < limit && in.getByte(at) != 0) {
            char type = (char) in.getByte(at);
            int end = Strings.end(in, at + 1, limit);
            fields.put(type, Strings.read(in, at + 1, end));
            at = end + 1;
        }
        return new ErrorFields(fields);
    }

    public @Nullable String get(char type) {
        return fields.get(type);
    }

    public String message() {
        return fields.getOrDefault(MESSAGE, "");
    }

    public String sqlState() {
        return fields.getOrDefault(SQLSTATE, "XX000");
    }

    public boolean fatal() {
        String severity = fields.getOrDefault(SEVERITY_NOT_LOCALIZED, fields.getOrDefault(SEVERITY, "ERROR"));
        return severity.equals("FATAL") || severity.equals("PANIC");
    }

    public ErrorFields with(char type, String value) {
        Map<Character, String> copy = new LinkedHashMap<>(fields);
        copy.put(type, value);
        return new ErrorFields(copy);
    }

    public ErrorFields without(char type) {
        Map<Character, String> copy = new LinkedHashMap<>(fields);
        copy.remove(type);
        return new ErrorFields(copy);
    }

    /** The same as one that ends the session. */
    public ErrorFields asFatal() {
        return with(SEVERITY, "FATAL").with(SEVERITY_NOT_LOCALIZED, "FATAL");
    }

    /** Writes the whole ErrorResponse. */
    public void writeTo(ByteBuf out) {
        int start = out.writerIndex();
        out.writeByte(BackendMessage.ERROR_RESPONSE);
        out.writeInt(0);
        fields.forEach((type, value) -> {
            out.writeByte(type);
            Strings.write(out, value);
        });
        out.writeByte(0);
        out.setInt(start + 1, out.writerIndex() - start - 1);
    }

    @Override
    public String toString() {
        return sqlState() + ": " + message();
    }
}
