// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.catalog;

import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Tries an expression of a mapping out. The value stays in the server: it may be of any size. */
public final class Evaluation {
    private static final String BEFORE = "SELECT count(cutover_v) FROM (SELECT (";

    private Evaluation() {}

    /**
     * Evaluates an expression.
     *
     * @param rows the FROM clause of the rows, with what limits them
     */
    public static void run(Connection connection, String expression, String rows) throws SQLException {
        Rows.query(connection, BEFORE + expression + ") AS cutover_v" + rows + ") AS cutover_r", row -> true);
    }

    /** What is wrong with the expression, and where in it, if the server has said so. */
    public static String failure(String expression, SQLException e) {
        return expression + " fails: " + OneLine.of(e) + position(expression, e);
    }

    private static String position(String expression, SQLException e) {
        ServerErrorMessage message = e instanceof PSQLException error ? error.getServerErrorMessage() : null;
        int position = message == null ? 0 : message.getPosition() - BEFORE.length();
        if (position <= 0) {
            return "";
        }
        return position > expression.length() ? " (at the end)" : " (position " + position + ")";
    }
}
