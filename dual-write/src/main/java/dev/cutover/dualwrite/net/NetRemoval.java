// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.net;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.database.TransitionSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * Removes the net of a tenant from a database. It finds the net in the catalogs and needs no plan: tables may have been renamed or
 * dropped since the net was installed, and the mapping may no longer be valid.
 *
 * <p>A function belongs to the tenant if its comment says so, or if a trigger of the net calls it on a table of the tenant's
 * schema.
 */
public final class NetRemoval {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int ATTEMPTS = 60;

    /** Parameters: the schema of marks, the end of the comment twice, the side's schema. */
    private static final String FUNCTIONS = """
            SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = ? AND p.proname LIKE 'net\\_%' AND (
                right(obj_description(p.oid, 'pg_proc'), length(?)) = ?
                OR EXISTS (
                    SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                    JOIN pg_namespace s ON s.oid = c.relnamespace
                    WHERE t.tgfoid = p.oid AND s.nspname = ?))
            ORDER BY p.proname""";

    /** Parameter: the function. A trigger that a partition has from its parent goes with the parent's. */
    private static final String TRIGGERS = """
            SELECT format('DROP TRIGGER IF EXISTS %I ON %s', t.tgname, t.tgrelid::regclass)
            FROM pg_trigger t WHERE t.tgfoid = to_regproc(?) AND t.tgparentid = 0
            ORDER BY t.tgrelid, t.tgname""";

    private final TransitionSchema transition;
    private final String tenant;

    public NetRemoval(TransitionSchema transition, String tenant) {
        this.transition = transition;
        this.tenant = tenant;
    }

    /**
     * Removes triggers, functions and views, one table at a time, each in a short transaction of its own. Safe to repeat.
     *
     * @param schema that of a side that lies in the database
     */
    public void from(DataSource database, String schema) throws SQLException, InterruptedException {
        String belongs = Net.belongsTo(tenant);
        List<String> functions;
        try (Connection connection = database.getConnection()) {
            functions = Rows.query(
                    connection, FUNCTIONS, row -> row.getString(1), transition.name(), belongs, belongs, schema);
        }
        for (String function : functions) {
            Transactions.Steps steps = connection -> remove(connection, function);
            Transactions.retrying(database, LOCK_TIMEOUT, ATTEMPTS, steps.asWork());
        }
    }

    private void remove(Connection connection, String function) throws SQLException {
        String qualified = transition.table(function);
        List<String> statements = new ArrayList<>(Rows.query(connection, TRIGGERS, row -> row.getString(1), qualified));
        statements.add("DROP FUNCTION IF EXISTS " + qualified + "()");
        statements.add("DROP VIEW IF EXISTS " + transition.table(function.replaceFirst("^net_", "mark_")));
        Rows.execute(connection, statements);
    }
}
