package dev.cutover.dualwrite.rewrite;

import dev.cutover.dualwrite.analyze.WriteStatement;
import org.jspecify.annotations.Nullable;

/** What becomes of a client's query text on its way to the serving side. */
public sealed interface Rewrite {

    /**
     * Passed on as it is.
     *
     * @param reason for a write to a mapped table, why it is left to the net; empty where there is nothing to mirror
     */
    record Unchanged(String reason) implements Rewrite {
        public static final Unchanged NOTHING_TO_MIRROR = new Unchanged("");
    }

    /**
     * One statement that writes both sides (or the serving side and marks).
     *
     * @param prefixLength UTF-16 chars inserted before the client's text: an error position behind it is moved back by
     *     that many
     * @param idle what it writes on the idle side; null if it writes marks instead
     */
    record Mirrored(
            String sql,
            Reply reply,
            int prefixLength,
            @Nullable IdleWrite idle) implements Rewrite {
        /** One that writes the serving side and marks. */
        public Mirrored(String sql, Reply reply, int prefixLength) {
            this(sql, reply, prefixLength, null);
        }
    }

    /** Not let through: the client gets an error with this SQLSTATE. */
    record Refused(String sqlState, String message, String hint) implements Rewrite {}

    /**
     * How the reply is made what the client's own statement would have got.
     *
     * @param kind the verb of the command tag ("INSERT 0 n", "UPDATE n", "DELETE n")
     * @param shape what the rewritten statement returns
     */
    record Reply(WriteStatement.Kind kind, Shape shape) {}

    enum Shape {
        /** No rows; the command tag carries the row count. */
        TAG_ONLY,
        /** The client's RETURNING rows; the command tag carries the row count. */
        ROWS,
        /**
         * One row with one text column, the row count. RowDescription becomes NoData (or is dropped), the row is
         * swallowed, the command tag is made from it, and a row limit on Execute is lifted: the client asked for no rows.
         */
        COUNT_ROW
    }
}
