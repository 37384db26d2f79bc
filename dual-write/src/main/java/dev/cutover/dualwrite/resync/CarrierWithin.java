// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.MarkedKeys;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.mark.Marks.Mark;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.sql.DataSource;

/** Carries keys over within one database: rows and marks in one transaction. */
final class CarrierWithin implements Carrier {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(400);

    private static final String SERIALIZATION_FAILURE = "40001";

    private final DataSource database;
    private final MirrorPlan plan;
    private final Marks marks;
    private final String path;
    private final Map<String, TableCarrier> tables = new HashMap<>();
    /** Whether a mark that is carried twice doubles a row. */
    private final boolean appends;

    private final String held;

    CarrierWithin(DataSource database, MirrorPlan plan) {
        this.database = database;
        this.plan = plan;
        this.marks = new Marks(plan);
        this.path = plan.idlePath();
        List<String> appendOnly = new ArrayList<>();
        for (TablePlan table : plan.tables().values()) {
            if (table.appendOnly()) {
                tables.put(table.name(), new AppendedRows(plan, table));
                appendOnly.add(table.servingTable());
            } else {
                tables.put(table.name(), new TableResync(plan, table));
            }
        }
        this.appends = !appendOnly.isEmpty();
        this.held = marks.heldUntilBackfilled(appendOnly);
    }

    @Override
    public List<Mark> due(int limit) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return marks.due(connection, limit, held);
        }
    }

    @Override
    public void carry(List<Mark> batch, MarkedKeys keys) throws SQLException {
        Transactions.Steps steps = connection -> {
            for (MarkedKeys.WholeTable whole : keys.wholeTables()) {
                resync(whole.plan()).expand(connection, whole);
            }
            begin(connection, batch, keys);
            for (Map.Entry<String, Set<String>> entry : keys.keys().entrySet()) {
                resync(entry.getKey()).apply(connection, new ArrayList<>(entry.getValue()));
            }
        };
        Transactions.once(database, LOCK_TIMEOUT, path, steps.asWork());
    }

    @Override
    public List<Mark> mayBlock(Set<String> tables, int limit) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return marks.mayBlock(connection, tables, BlockedRows.sqlStates(), limit);
        }
    }

    @Override
    public void replace(List<Mark> batch, MarkedKeys keys) throws SQLException {
        Transactions.Steps steps = connection -> {
            begin(connection, batch, keys);
            for (Map.Entry<String, Set<String>> entry : keys.keys().entrySet()) {
                resync(entry.getKey()).replace(connection, entry.getValue());
            }
        };
        Transactions.once(database, LOCK_TIMEOUT, path, steps.asWork());
    }

    @Override
    public List<Mark> fitting(List<Mark> batch) throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, path, connection -> {
            for (Map.Entry<String, Set<String>> entry :
                    MarkedKeys.of(batch, plan).keys().entrySet()) {
                resync(entry.getKey()).clear(connection, entry.getValue());
            }
            List<Mark> fitting = Fitting.of(List.of(connection), batch, marked -> {
                for (Map.Entry<String, Set<String>> entry :
                        MarkedKeys.of(marked, plan).keys().entrySet()) {
                    resync(entry.getKey()).apply(connection, entry.getValue());
                }
            });
            connection.rollback();
            return fitting;
        });
    }

    /**
     * Deletes the marks before any row is read: a row that is inserted for a mark must not be inserted again by another resync, which
     * has taken up the same marks and does not know of this one.
     */
    private void begin(Connection connection, List<Mark> batch, MarkedKeys keys) throws SQLException {
        if (marks.delete(connection, batch) < batch.size() && appends) {
            throw new SQLException("some of the marks were carried meanwhile", SERIALIZATION_FAILURE);
        }
        for (Map.Entry<String, Set<String>> entry : keys.surplus().entrySet()) {
            resync(entry.getKey()).remove(connection, entry.getValue());
        }
    }

    private TableCarrier resync(String plan) {
        return Objects.requireNonNull(tables.get(plan), "marked keys are of mapped tables");
    }
}
