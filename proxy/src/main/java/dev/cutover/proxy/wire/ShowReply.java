// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;

/** Writes the answer to a SHOW: one row with one column of type text. */
public final class ShowReply {
    /** The OID of the type text. */
    private static final int TEXT = 25;

    /** The command tag. */
    public static final String TAG = "SHOW";

    private ShowReply() {}

    /**
     * RowDescription: {@code int16 1, string name, int32 table, int16 attribute, int32 type, int16 size, int32 modifier, int16 format}
     */
    public static void description(ByteBuf out, String parameter, short format) {
        int start = Messages.begin(out, BackendMessage.ROW_DESCRIPTION);
        out.writeShort(1);
        Strings.write(out, parameter);
        out.writeInt(0).writeShort(0);
        out.writeInt(TEXT).writeShort(-1).writeInt(-1);
        out.writeShort(format);
        Messages.finish(out, start);
    }

    /** DataRow: {@code int16 1, int32 length, byte[length] value} */
    public static void row(ByteBuf out, byte[] value) {
        int start = Messages.begin(out, BackendMessage.DATA_ROW);
        out.writeShort(1);
        out.writeInt(value.length);
        out.writeBytes(value);
        Messages.finish(out, start);
    }

    public static void complete(ByteBuf out) {
        Messages.commandComplete(out, TAG);
    }
}
