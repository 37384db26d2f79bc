// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.mark.MarkedKeys;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.mark.Marks.Mark;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.transfer.Crossing;
import dev.cutover.dualwrite.transfer.IdleWriter;
import dev.cutover.dualwrite.transfer.RowLimit;
import dev.cutover.dualwrite.transfer.RowStage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Carries keys over from one database to another, without a lock on the serving side and without a transaction that spans
 * both.
 *
 * <p>Why nothing is lost. A change and its mark commit together, in the serving database. So:
 *
 * <ul>
 *   <li>Marks are read first and rows in a later snapshot: the row that is read has in it at least what the marks of the
 *       batch stand for.
 *   <li>What changes after that snapshot has a mark of its own, which is not in the batch; only the batch's marks are
 *       deleted, by their ids.
 *   <li>The marks are deleted after the idle side has committed. Whoever is killed in between leaves marks whose rows are
 *       equal already; they are carried over once more, which changes nothing.
 *   <li>An older row never overwrites a newer one, because one carrier works for a tenant at a time, batch after batch.
 * </ul>
 *
 * <p>Marks are appended and never merged by those who make them: a unique index on the keys that wait would make a writer
 * wait for another transaction's mark of the same key, and to leave a mark out because one is there is wrong when that one
 * has just been read by a carrier. Instead a batch with many marks of one key reads its row once.
 */
final class CarrierAcross implements Carrier {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(400);

    private final TwoDatabases databases;
    private final MirrorPlan plan;
    private final Marks marks;
    private final RowLimit limit;

    CarrierAcross(TwoDatabases databases, MirrorPlan plan, RowLimit limit) {
        this.limit = limit;
        this.databases = databases;
        this.plan = plan;
        this.marks = new Marks(plan);
    }

    /** Rogue marks are made in the idle side's database; they are brought here, so that all that waits stands in one place. */
    @Override
    public List<Mark> due(int limit) throws SQLException {
        bringRogueMarks(limit);
        try (Connection serving = databases.serving().getConnection()) {
            return marks.due(serving, limit);
        }
    }

    private void bringRogueMarks(int limit) throws SQLException {
        List<Mark> rogue;
        try (Connection idle = databases.idle().getConnection()) {
            rogue = marks.due(idle, limit);
        }
        if (!rogue.isEmpty()) {
            Crossing.run(databases, LOCK_TIMEOUT, (serving, idle) -> {
                marks.copy(serving, rogue);
                serving.commit();
                marks.delete(idle, rogue);
                idle.commit();
                return rogue.size();
            });
        }
    }

    @Override
    public void carry(List<Mark> batch, MarkedKeys keys) throws SQLException {
        Crossing.run(databases, LOCK_TIMEOUT, plan, (serving, idle) -> {
            for (MarkedKeys.WholeTable whole : keys.wholeTables()) {
                new OneSidedKeys(plan, sql(whole.plan())).mark(serving, idle, whole.idleSideWritten());
                if (whole.part()) {
                    marks.addAll(serving, plan.serving(), sql(whole.plan()));
                }
            }
            for (Map.Entry<String, Set<String>> entry : keys.keys().entrySet()) {
                carry(serving, idle, sql(entry.getKey()), new ArrayList<>(entry.getValue()));
            }
            idle.commit();
            marks.delete(serving, batch);
            serving.commit();
            return batch.size();
        });
    }

    @Override
    public List<Mark> mayBlock(Set<String> tables, int limit) throws SQLException {
        try (Connection serving = databases.serving().getConnection()) {
            return marks.mayBlock(serving, tables, BlockedRows.sqlStates(), limit);
        }
    }

    @Override
    public void replace(List<Mark> batch, MarkedKeys keys) throws SQLException {
        Crossing.run(databases, LOCK_TIMEOUT, plan, (serving, idle) -> {
            for (Map.Entry<String, Set<String>> entry : keys.keys().entrySet()) {
                TableSql sql = sql(entry.getKey());
                List<String> marked = List.copyOf(entry.getValue());
                Replaceable.refuseFollowed(idle, sql);
                IdleWriter writer =
                        IdleWriter.replacing(idle, plan.maintenanceToken(), sql, Replaceable.uncarried(idle, sql));
                MarkedRows.read(serving, sql, marked, limit, writer);
                carry(serving, idle, sql, marked);
            }
            idle.commit();
            marks.delete(serving, batch);
            serving.commit();
            return batch.size();
        });
    }

    @Override
    public List<Mark> fitting(List<Mark> batch) throws SQLException {
        // What is not committed by the end of a crossing is rolled back.
        return Crossing.run(databases, LOCK_TIMEOUT, plan, (serving, idle) -> {
            for (Map.Entry<String, Set<String>> entry :
                    MarkedKeys.of(batch, plan).keys().entrySet()) {
                Replaceable.refuseFollowed(idle, sql(entry.getKey()));
                delete(idle, sql(entry.getKey()), entry.getValue());
            }
            return Fitting.of(List.of(serving, idle), batch, marked -> {
                for (Map.Entry<String, Set<String>> entry :
                        MarkedKeys.of(marked, plan).keys().entrySet()) {
                    carry(serving, idle, sql(entry.getKey()), List.copyOf(entry.getValue()));
                }
            });
        });
    }

    private TableSql sql(String name) {
        return new TableSql(plan, Objects.requireNonNull(plan.tables().get(name), "marked keys are of mapped tables"));
    }

    private void carry(Connection serving, Connection idle, TableSql sql, List<String> keys) throws SQLException {
        new StrayParts(sql).refuse(serving, serving.createArrayOf("text", keys.toArray()));
        MarkedRows rows =
                MarkedRows.read(serving, sql, keys, limit, IdleWriter.overwriting(idle, plan.maintenanceToken(), sql));
        rows.streamLarge(serving, idle, sql, new RowStage(plan.maintenanceToken(), sql));
        delete(idle, sql, rows.gone());
    }

    private void delete(Connection idle, TableSql sql, Collection<String> keys) throws SQLException {
        if (keys.isEmpty()) {
            return;
        }
        try (PreparedStatement statement =
                idle.prepareStatement(plan.maintenanceToken() + " DELETE FROM " + sql.idleRows()
                        + " WHERE (" + sql.idleKey() + ") IN (SELECT " + sql.idleKeyOf("cutover_k")
                        + " FROM unnest(?::jsonb[]) AS cutover_m (cutover_k))")) {
            statement.setArray(1, idle.createArrayOf("text", keys.toArray()));
            statement.executeUpdate();
        }
    }
}
