// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The columns of a statement's result as a Describe has told them; or that it has none. Immutable. */
public final class RowShape {
    public static final RowShape NO_ROWS = new RowShape(new byte[0]);

    /** Types from here on are the user's. Each schema has its own, so their OIDs differ between two sides by nature. */
    private static final int FIRST_USER_TYPE = 16384;

    /** The body of a RowDescription. */
    private final byte[] description;

    private RowShape(byte[] description) {
        this.description = description;
    }

    /** Of an answer to Describe: RowDescription or NoData. */
    public static RowShape of(byte type, ByteBuf in, int start, int length) {
        if (type != BackendMessage.ROW_DESCRIPTION) {
            return NO_ROWS;
        }
        byte[] body = new byte[length - FrameReader.HEADER_LENGTH];
        in.getBytes(start + FrameReader.HEADER_LENGTH, body);
        return new RowShape(body);
    }

    public int columns() {
        return description.length == 0 ? 0 : (description[0] & 0xff) << 8 | description[1] & 0xff;
    }

    /**
     * What of this shape is different in a later one: the number of columns, a name, a type or its modifier. Which table a
     * column comes from, and in which format it is sent, does not matter.
     *
     * @return null if nothing is
     */
    public @Nullable String difference(RowShape later) {
        if (Arrays.equals(description, later.description)) {
            return null;
        }
        if (description.length == 0 || later.description.length == 0) {
            return description.length == 0 ? "it had no rows, and has now" : "it had rows, and has none now";
        }
        ByteBuf before = Unpooled.wrappedBuffer(description);
        ByteBuf after = Unpooled.wrappedBuffer(later.description);
        int columns = before.readUnsignedShort();
        int columnsNow = after.readUnsignedShort();
        for (int i = 1; i <= Math.min(columns, columnsNow); i++) {
            Column was = Column.read(before);
            Column is = Column.read(after);
            if (!was.same(is)) {
                return "column " + i + " was " + was + " and is " + is + " now";
            }
        }
        if (columns == columnsNow) {
            return null;
        }
        Column first = Column.read(columns > columnsNow ? before : after);
        return "it had " + columns + (columns == 1 ? " column" : " columns") + " and has " + columnsNow
                + " now, the first " + (columns > columnsNow ? "missing" : "new") + " one is " + first;
    }

    /**
     * {@code string name, int32 table, int16 attribute, int32 type, int16 size, int32 modifier, int16 format}
     *
     * @param size of the type in bytes, negative if it varies
     */
    private record Column(String name, int type, int size, int modifier) {
        static Column read(ByteBuf in) {
            int end = in.bytesBefore((byte) 0);
            String name = in.readCharSequence(end, StandardCharsets.UTF_8).toString();
            in.skipBytes(1 + 4 + 2);
            Column column = new Column(name, in.readInt(), in.readShort(), in.readInt());
            in.skipBytes(2);
            return column;
        }

        boolean same(Column other) {
            boolean sameType = type == other.type
                    || (Integer.compareUnsigned(type, FIRST_USER_TYPE) >= 0
                            && Integer.compareUnsigned(other.type, FIRST_USER_TYPE) >= 0);
            return name.equals(other.name) && sameType && size == other.size && modifier == other.modifier;
        }

        @Override
        public String toString() {
            return '"' + name + "\" of type OID " + Integer.toUnsignedString(type)
                    + (modifier == -1 ? "" : " with modifier " + modifier);
        }
    }
}
