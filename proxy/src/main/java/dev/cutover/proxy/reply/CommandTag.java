// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.reply;

import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import io.netty.buffer.ByteBuf;

/** Command tags of CommandComplete: {@code "INSERT 0 5"}, {@code "UPDATE 5"}, {@code "SELECT 5"}. */
public final class CommandTag {
    private static final byte[] ROLLBACK = {'R', 'O', 'L', 'L', 'B', 'A', 'C', 'K', 0};

    private CommandTag() {}

    /** Whether the tag is that of a ROLLBACK, which a COMMIT that failed gets too. */
    public static boolean isRollback(ByteBuf in, int start, int end) {
        if (end - start != ROLLBACK.length) {
            return false;
        }
        for (int i = 0; i < ROLLBACK.length; i++) {
            if (in.getByte(start + i) != ROLLBACK[i]) {
                return false;
            }
        }
        return true;
    }

    /** The number at the end of a tag; 0 if there is none. */
    static long rows(ByteBuf in, int start, int end) {
        long rows = 0;
        long scale = 1;
        for (int at = end - 2; at >= start && in.getByte(at) >= '0' && in.getByte(at) <= '9'; at--) {
            rows += (in.getByte(at) - '0') * scale;
            scale *= 10;
        }
        return rows;
    }

    /** The tag that the client's own statement would have got. */
    static String of(WriteStatement.Kind kind, long rows) {
        return switch (kind) {
            case INSERT -> "INSERT 0 " + rows;
            case UPDATE -> "UPDATE " + rows;
            case DELETE -> "DELETE " + rows;
        };
    }
}
