// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.reply;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.analyze.statement.WriteStatement.Kind;
import dev.cutover.dualwrite.mirror.IdleWrite;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Piece;
import dev.cutover.dualwrite.mirror.Rewrite.Reply;
import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import dev.cutover.proxy.wire.ErrorFields;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorOriginTest {
    private static final String CLIENTS = "INSERT INTO t VALUES (1)";
    private static final String PREFIX = "/*token*/ WITH cutover_w AS (";
    private static final Mirrored REWRITE = new Mirrored(
            PREFIX + CLIENTS + "\nRETURNING ...) INSERT INTO v2.t ...",
            new Reply(Kind.INSERT, Shape.TAG_ONLY),
            List.of(new Piece(PREFIX.length(), 0, CLIENTS.length())),
            new IdleWrite("t", "v1", "v2"));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // SQLSTATE | schema | table | position | context | origin
                "23514 | v2 | t | - | - | IDLE_SIDE",
                "23505 | v1 | t | - | - | CLIENTS_OWN",
                "23503 | v1 | other | - | - | CLIENTS_OWN",
                // A domain's check: its schema says nothing about the column's.
                "23514 | v1 | - | - | - | UNKNOWN",
                "23514 | v2 | - | - | - | IDLE_SIDE",
                "23505 | audit | log | - | SQL statement \"INSERT INTO audit.log ...\" | UNKNOWN",
                "42703 | - | - | 35 | - | CLIENTS_OWN",
                // Behind the client's text stand its RETURNING list and the other side's part.
                "42P01 | - | - | 85 | - | UNKNOWN",
                "22P02 | - | - | - | - | UNKNOWN",
                "P0001 | - | - | - | PL/pgSQL function refuse() line 3 at RAISE | UNKNOWN",
                "P0001 | - | - | - | PL/pgSQL function v2.refuse() line 3 at RAISE | IDLE_SIDE",
                "P0001 | - | - | - | PL/pgSQL function \"v2\".refuse() line 3 at RAISE | IDLE_SIDE",
                "P0001 | - | - | - | PL/pgSQL function xv2.refuse() line 3 at RAISE | UNKNOWN",
                "P0001 | - | - | - | PL/pgSQL function v1.refuse(v2.t) line 3 at RAISE | UNKNOWN",
                // About the transaction or the server, whatever the fields say.
                "40001 | - | - | - | - | CLIENTS_OWN",
                "40P01 | - | - | - | while updating tuple (0,1) in relation \"t\" | CLIENTS_OWN",
                "57014 | - | - | - | - | CLIENTS_OWN",
                "25006 | - | - | - | - | CLIENTS_OWN",
                "53100 | v2 | t | - | - | CLIENTS_OWN"
            })
    void theErrorsFieldsTellWhichPartItComesFrom(
            String sqlState, String schema, String table, String position, String context, ErrorOrigin expected) {
        ErrorFields error = ErrorFields.error(sqlState, "refused", "");
        error = schema == null ? error : error.with(ErrorFields.SCHEMA, schema);
        error = table == null ? error : error.with(ErrorFields.TABLE, table);
        error = position == null ? error : error.with(ErrorFields.POSITION, position);
        error = context == null ? error : error.with(ErrorFields.WHERE, context);

        assertEquals(expected, ErrorOrigin.of(error, REWRITE, CLIENTS));
    }

    @ParameterizedTest
    @CsvSource({"23514, v2", "P0001, ''"})
    void aStatementThatMarksHasNoPartOnTheIdleSide(String sqlState, String schema) {
        Mirrored marking = new Mirrored(REWRITE.sql(), REWRITE.reply(), REWRITE.prefixLength());
        ErrorFields error = ErrorFields.error(sqlState, "refused", "").with(ErrorFields.SCHEMA, schema);

        assertEquals(ErrorOrigin.CLIENTS_OWN, ErrorOrigin.of(error, marking, CLIENTS));
    }
}
