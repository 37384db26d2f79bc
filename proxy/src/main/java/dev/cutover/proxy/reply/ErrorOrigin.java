// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.reply;

import dev.cutover.dualwrite.mirror.IdleWrite;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.proxy.wire.ErrorFields;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which part of a statement that writes both sides an error comes from. */
public enum ErrorOrigin {
    /** What the client wrote: it would have got the error without the proxy, too. */
    CLIENTS_OWN,
    /** The write of the idle side. */
    IDLE_SIDE,
    /** The error does not tell. */
    UNKNOWN;

    /**
     * Classes of errors that are about the transaction, the connection or the server and not about a row: feature switches of
     * the transaction, conflicts with others, lack of resources, cancels, bugs.
     */
    private static final Set<String> NOT_OF_A_ROW = Set.of("08", "25", "40", "53", "54", "55", "57", "58", "XX");

    /** @param clientText what the client wrote in place of the rewritten text */
    public static ErrorOrigin of(ErrorFields error, Mirrored rewrite, @Nullable String clientText) {
        IdleWrite idle = rewrite.idle();
        if (idle == null
                || error.fatal()
                || NOT_OF_A_ROW.contains(error.sqlState().substring(0, 2))) {
            return CLIENTS_OWN;
        }
        String schema = error.get(ErrorFields.SCHEMA);
        if (idle.idleSchema().equals(schema)) {
            return IDLE_SIDE;
        } else if (idle.servingSchema().equals(schema) && error.get(ErrorFields.TABLE) != null) {
            return CLIENTS_OWN;
        }
        if (error.get(ErrorFields.POSITION) != null
                && SentText.shifted(rewrite.sql(), rewrite.pieces(), clientText, error)
                                .get(ErrorFields.POSITION)
                        != null) {
            return CLIENTS_OWN;
        }
        String where = error.get(ErrorFields.WHERE);
        return where != null && names(where, idle.idleSchema()) && !names(where, idle.servingSchema())
                ? IDLE_SIDE
                : UNKNOWN;
    }

    /** Whether a function or table of the schema is named, quoted or not. */
    private static boolean names(String where, String schema) {
        return Pattern.compile("(?<![\\w$\"])\"?" + Pattern.quote(schema) + "\"?\\.")
                .matcher(where)
                .find();
    }
}
