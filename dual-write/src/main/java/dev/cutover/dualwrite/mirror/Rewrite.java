// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is sent for a client's query text, on its way to the serving side. */
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
     * @param pieces where the client's text stands in it, the beginning first: an error's position within one of them is
     *     moved to where the client wrote it
     * @param idle what it writes on the idle side; null if it writes marks instead
     */
    record Mirrored(
            String sql,
            Reply reply,
            List<Piece> pieces,
            @Nullable IdleWrite idle) implements Rewrite {
        public Mirrored {
            pieces = List.copyOf(pieces);
        }

        /** One that writes the serving side and marks, and has the client's text in one piece at its end. */
        public Mirrored(String sql, Reply reply, int prefixLength) {
            this(sql, reply, List.of(new Piece(prefixLength, 0, sql.length() - prefixLength)), null);
        }

        /** How many UTF-16 chars stand before the client's text. */
        public int prefixLength() {
            return pieces.get(0).at();
        }

        /** The index in the client's text of what stands at {@code index}; -1 if the client did not write it. */
        public int clientIndex(int index) {
            return Piece.clientIndex(pieces, index);
        }
    }

    /**
     * A part of the client's text in a rewritten one, in UTF-16 chars.
     *
     * @param at where it begins in the rewritten text
     * @param from where it begins in the client's
     */
    record Piece(int at, int from, int length) {
        /** The index in the client's text of what stands at {@code index}; -1 if the client did not write it. */
        public static int clientIndex(List<Piece> pieces, int index) {
            for (Piece piece : pieces) {
                if (index >= piece.at() && index < piece.at() + piece.length()) {
                    return index - piece.at() + piece.from();
                }
            }
            return -1;
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
