// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** What goes over the wire for one transaction of {@code pgbench -S -M prepared}, each way as it arrives in one read. */
public final class PgbenchMessages {
    private static final int INT4 = 23;

    private PgbenchMessages() {}

    /** Bind, Describe of the portal, Execute, Sync. */
    public static ByteBuf requests() {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
        int bind = begin(out, 'B');
        text(out, "");
        text(out, "P0_1");
        out.writeShort(0).writeShort(1);
        value(out, "54321");
        out.writeShort(1).writeShort(0);
        end(out, bind);
        int describe = begin(out, 'D');
        out.writeByte('P');
        text(out, "");
        end(out, describe);
        int execute = begin(out, 'E');
        text(out, "");
        out.writeInt(0);
        end(out, execute);
        end(out, begin(out, 'S'));
        return out;
    }

    /** BindComplete, RowDescription, DataRow, CommandComplete, ReadyForQuery. */
    public static ByteBuf replies() {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
        end(out, begin(out, '2'));
        int description = begin(out, 'T');
        out.writeShort(1);
        text(out, "abalance");
        out.writeInt(16_385).writeShort(3);
        out.writeInt(INT4).writeShort(4).writeInt(-1).writeShort(0);
        end(out, description);
        int row = begin(out, 'D');
        out.writeShort(1);
        value(out, "-1234");
        end(out, row);
        int complete = begin(out, 'C');
        text(out, "SELECT 1");
        end(out, complete);
        int ready = begin(out, 'Z');
        out.writeByte('I');
        end(out, ready);
        return out;
    }

    private static int begin(ByteBuf out, char type) {
        out.writeByte(type);
        out.writeInt(0);
        return out.writerIndex() - 4;
    }

    private static void end(ByteBuf out, int lengthAt) {
        out.setInt(lengthAt, out.writerIndex() - lengthAt);
    }

    private static void text(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.US_ASCII);
        out.writeByte(0);
    }

    private static void value(ByteBuf out, String text) {
        out.writeInt(text.length());
        out.writeCharSequence(text, StandardCharsets.US_ASCII);
    }
}
