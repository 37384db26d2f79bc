// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.Side;
import dev.cutover.config.campaign.CampaignManifest.GateSide;
import dev.cutover.config.campaign.CampaignManifest.SqlGate;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.dualwrite.analyze.token.Tokens;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Asks the queries that a manifest has as gates, of one tenant, as its maintenance role, in transactions that cannot write. */
final class SqlGates {
    /** A query takes at most so long. */
    private static final String TIMEOUT = "30s";

    private final List<SqlGate> gates;

    SqlGates(List<SqlGate> gates) {
        this.gates = gates;
    }

    /**
     * Whether a text may be a gate's. The driver sends the statements of a text one by one, so that a second one could end the transaction
     * that cannot write.
     *
     * @return what is wrong with it; null if nothing is
     */
    static @Nullable String problem(String text) {
        Tokens tokens = Lexer.lex(text);
        if (!tokens.isAnyWord(0, "select", "with", "values", "table")) {
            return "must be a query: SELECT, WITH, VALUES or TABLE";
        }
        for (int i = 0; i < tokens.size() - 1; i++) {
            if (tokens.isChar(i, ';')) {
                return "must be one query; it holds a semicolon";
            }
        }
        return null;
    }

    /** @param row the tenant's as it is now */
    GateVerdict ask(Tenant tenant, TenantRecord row, GateSide asked) throws InterruptedException {
        Side side = asked == GateSide.IDLE ? row.serving().other() : row.serving();
        for (SqlGate gate : gates) {
            if (gate.side() == asked) {
                GateVerdict verdict = ask(tenant, side, gate);
                if (!(verdict instanceof GateVerdict.Held)) {
                    return verdict;
                }
            }
        }
        return new GateVerdict.Held();
    }

    private static GateVerdict ask(Tenant tenant, Side side, SqlGate gate) throws InterruptedException {
        String name = "gate \"" + gate.text() + "\" on " + side.label();
        try {
            String answer = answer(tenant, side, gate.text());
            return answer.equals(gate.expect())
                    ? new GateVerdict.Held()
                    : new GateVerdict.Broken(name + " answers " + answer + ", expected is " + gate.expect());
        } catch (RefusedException e) {
            return new GateVerdict.Broken(name + ": " + OneLine.of(e));
        } catch (SQLException e) {
            String why = name + " fails: " + OneLine.of(e);
            return Transactions.serverGone(e) ? new GateVerdict.Unknown(why) : new GateVerdict.Broken(why);
        }
    }

    private static String answer(Tenant tenant, Side side, String text) throws SQLException, RefusedException {
        TenantSides sides = tenant.movement();
        String path = Stream.concat(Stream.of(sides.schema(side)), sides.config().searchPath().stream())
                .map(Names::quote)
                .collect(Collectors.joining(", "));
        try (Connection connection = sides.database(side).getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET TRANSACTION READ ONLY");
                statement.execute("SET LOCAL search_path = " + path);
                statement.execute("SET LOCAL statement_timeout = '" + TIMEOUT + "'");
                try (ResultSet rows = statement.executeQuery(text)) {
                    return rows.next() ? Objects.requireNonNullElse(rows.getString(1), "null") : "no row";
                }
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }
}
