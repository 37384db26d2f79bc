// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Writes the messages that the proxy sends on its own account. */
public final class Messages {
    private Messages() {}

    /** A message without a body: ParseComplete, CloseComplete, NoData, Sync, Flush, Terminate, ... */
    public static void bare(ByteBuf out, byte type) {
        out.writeByte(type);
        out.writeInt(4);
    }

    /** {@code byte status} */
    public static void readyForQuery(ByteBuf out, byte status) {
        out.writeByte(BackendMessage.READY_FOR_QUERY);
        out.writeInt(5);
        out.writeByte(status);
    }

    /** {@code string tag} */
    public static void commandComplete(ByteBuf out, String tag) {
        string(out, BackendMessage.COMMAND_COMPLETE, tag, StandardCharsets.US_ASCII);
    }

    /** {@code string name, string value} */
    public static void parameterStatus(ByteBuf out, String name, String value) {
        int start = begin(out, BackendMessage.PARAMETER_STATUS);
        Strings.write(out, name);
        Strings.write(out, value);
        finish(out, start);
    }

    /** {@code int32 process id, byte[] secret key} */
    public static void backendKeyData(ByteBuf out, int processId, byte[] secretKey) {
        out.writeByte(BackendMessage.BACKEND_KEY_DATA);
        out.writeInt(8 + secretKey.length);
        out.writeInt(processId);
        out.writeBytes(secretKey);
    }

    /** {@code int32 code, byte[] data} */
    public static void authentication(ByteBuf out, int code, byte[] data) {
        out.writeByte(BackendMessage.AUTHENTICATION);
        out.writeInt(8 + data.length);
        out.writeInt(code);
        out.writeBytes(data);
    }

    /** {@code string text} */
    public static void query(ByteBuf out, String text, Charset charset) {
        string(out, FrontendMessage.QUERY, text, charset);
    }

    /** {@code string name, string text, int16 count, int32[count] parameter types}; the last two are given encoded. */
    public static void parse(ByteBuf out, byte[] name, byte[] text, byte[] parameterTypes) {
        out.writeByte(FrontendMessage.PARSE);
        out.writeInt(4 + name.length + 1 + text.length + 1 + parameterTypes.length);
        out.writeBytes(name).writeByte(0);
        out.writeBytes(text).writeByte(0);
        out.writeBytes(parameterTypes);
    }

    /** {@code byte 'S', string name} */
    public static void closeStatement(ByteBuf out, byte[] name) {
        statement(out, FrontendMessage.CLOSE, name);
    }

    /** {@code byte 'S', string name} */
    public static void describeStatement(ByteBuf out, byte[] name) {
        statement(out, FrontendMessage.DESCRIBE, name);
    }

    /** {@code byte 'P', string name} */
    public static void closePortal(ByteBuf out, byte[] name) {
        named(out, FrontendMessage.CLOSE, FrontendMessage.PORTAL, name);
    }

    /** {@code string portal, string statement, int16 0, int16 0, int16 0}: without parameters; both have the same name. */
    public static void bind(ByteBuf out, byte[] name) {
        out.writeByte(FrontendMessage.BIND);
        out.writeInt(4 + 2 * (name.length + 1) + 6);
        out.writeBytes(name).writeByte(0);
        out.writeBytes(name).writeByte(0);
        out.writeZero(6);
    }

    /** {@code string portal, int32 row limit}: the unnamed portal. */
    public static void execute(ByteBuf out, int rowLimit) {
        out.writeByte(FrontendMessage.EXECUTE);
        out.writeInt(4 + 1 + 4);
        out.writeByte(0);
        out.writeInt(rowLimit);
    }

    /** {@code string portal, int32 row limit} */
    public static void execute(ByteBuf out, byte[] portal) {
        out.writeByte(FrontendMessage.EXECUTE);
        out.writeInt(4 + portal.length + 1 + 4);
        out.writeBytes(portal).writeByte(0);
        out.writeInt(0);
    }

    private static void statement(ByteBuf out, byte type, byte[] name) {
        named(out, type, FrontendMessage.STATEMENT, name);
    }

    private static void named(ByteBuf out, byte type, byte kind, byte[] name) {
        out.writeByte(type);
        out.writeInt(4 + 1 + name.length + 1);
        out.writeByte(kind);
        out.writeBytes(name).writeByte(0);
    }

    private static void string(ByteBuf out, byte type, String text, Charset charset) {
        int start = begin(out, type);
        Strings.write(out, text, charset);
        finish(out, start);
    }

    /** Writes type and a length to be filled in by {@link #finish}. */
    public static int begin(ByteBuf out, byte type) {
        int start = out.writerIndex();
        out.writeByte(type);
        out.writeInt(0);
        return start;
    }

    public static void finish(ByteBuf out, int start) {
        out.setInt(start + 1, out.writerIndex() - start - 1);
    }
}
