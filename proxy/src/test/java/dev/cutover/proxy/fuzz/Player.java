// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

import dev.cutover.config.Side;
import dev.cutover.proxy.fuzz.RandomSession.Step;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Plays transactions over a connection and writes down the replies, in a form that hangs neither on time nor on side. */
final class Player {
    private static final Pattern LITERAL = Pattern.compile("'([^']*)'::");
    /** The whole transaction is to be repeated: serialization failure, deadlock. */
    private static final Set<String> REPEAT = Set.of("40001", "40P01");

    record Played(String sql, String reply) {}

    private final Connection connection;
    private final boolean parameters;
    private int repeated;

    /** @param parameters whether literals are sent as parameters */
    Player(Connection connection, boolean parameters) {
        this.connection = connection;
        this.parameters = parameters;
    }

    /** How many transactions the server made it repeat. */
    int repeated() {
        return repeated;
    }

    /** @return each statement, as the first version has it, with its reply */
    List<Played> play(List<Step> transaction, Side side) throws SQLException {
        while (true) {
            List<Played> replies = new ArrayList<>();
            boolean again = false;
            for (Step step : transaction) {
                String reply = reply(step.on(side));
                replies.add(new Played(step.blue(), reply));
                if (REPEAT.contains(reply.split(" ", 3)[1])) {
                    again = true;
                    break;
                }
            }
            if (!again) {
                return replies;
            }
            repeated++;
            if (transaction.size() > 1) {
                reply("ROLLBACK");
            }
        }
    }

    private String reply(String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        String text = sql;
        if (parameters) {
            Matcher literals = LITERAL.matcher(sql);
            while (literals.find()) {
                values.add(literals.group(1));
            }
            text = literals.replaceAll("?::");
        }
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            for (int i = 0; i < values.size(); i++) {
                statement.setObject(i + 1, values.get(i), Types.OTHER);
            }
            return statement.execute()
                    ? "rows - " + rows(statement.getResultSet())
                    : "count - " + statement.getUpdateCount();
        } catch (SQLException e) {
            if (connection.isClosed()
                    || e.getSQLState() == null
                    || e.getSQLState().startsWith("08")) {
                throw e;
            }
            return "error " + e.getSQLState() + " "
                    + e.getMessage().lines().findFirst().orElse("");
        }
    }

    private static List<String> rows(ResultSet rows) throws SQLException {
        List<String> all = new ArrayList<>();
        while (rows.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                byte[] bytes = rows.getMetaData().getColumnType(i) == Types.BINARY ? rows.getBytes(i) : null;
                row.add(bytes == null ? rows.getString(i) : HexFormat.of().formatHex(bytes));
            }
            all.add(row.toString());
        }
        Collections.sort(all);
        return all;
    }
}
