package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.backfill.TableProgress.State;
import dev.cutover.dualwrite.carry.Crossing;
import dev.cutover.dualwrite.carry.IdleWriter;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.plan.KeyedTable;
import dev.cutover.dualwrite.plan.TableSql;
import dev.cutover.dualwrite.resync.Marks;
import dev.cutover.dualwrite.resync.OneSidedKeys;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies from one database to another, without a lock on the serving side.
 *
 * <p>Why no stale row stays behind. A row that is changed after it was read for a chunk has a mark, and resync carries
 * its newer state over: after the chunk, then it overwrites the row; or before it, then the row is there and the chunk's
 * is not inserted. Only where resync found the row deleted, before the chunk put it in, would it stay. So once the chunk
 * is committed on the idle side, its keys are looked up again on the serving side, and those that are gone are marked. A
 * row that is deleted after that look has its mark after the chunk.
 *
 * <p>A chunk that was committed on the idle side and not recorded, because somebody was killed in between, is copied
 * again; but its deleted keys are not in it any more. So a backfill that is taken up again first marks all keys that only
 * the idle side has.
 */
final class CopyAcross implements TableCopy {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int FETCH_ROWS = 100;
    private static final int ATTEMPTS = 200;
    private static final long PAUSE_MILLIS = 50;

    private final TwoDatabases databases;
    private final MirrorPlan plan;
    private final TableSql sql;
    private final TableProgress progress;
    private final int chunkRows;

    CopyAcross(TwoDatabases databases, MirrorPlan plan, TablePlan table, int chunkRows) {
        this.databases = databases;
        this.plan = plan;
        this.sql = new TableSql(plan, table);
        this.progress = new TableProgress(plan.tenant(), sql);
        this.chunkRows = chunkRows;
    }

    @Override
    public State begin() throws SQLException {
        return Crossing.run(databases, LOCK_TIMEOUT, (serving, idle) -> {
            State before = progress.find(serving);
            if (before != null && !before.done()) {
                new OneSidedKeys(plan, sql).mark(serving, idle, false);
            }
            State state = before == null ? progress.begin(serving) : before;
            serving.commit();
            return state;
        });
    }

    @Override
    public State copyChunk() throws SQLException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return Crossing.run(databases, LOCK_TIMEOUT, this::copyChunk);
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || !Transactions.gaveWay(e)) {
                    throw e;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private State copyChunk(Connection serving, Connection idle) throws SQLException {
        List<String> keys = copyRows(serving, idle, progress.lastKey(serving));
        idle.commit();
        List<String> gone = sql.servingKeys().absent(serving, keys);
        new Marks(plan.tenant()).add(serving, plan.serving(), sql.table().servingTable(), gone);
        String boundary = keys.size() < chunkRows ? null : keys.get(keys.size() - 1);
        progress.record(serving, boundary, keys.size());
        State state = progress.state(serving);
        serving.commit();
        return state;
    }

    /** @return the keys of the chunk's rows, whether or not the idle side had them already */
    private List<String> copyRows(Connection serving, Connection idle, @Nullable String last) throws SQLException {
        KeyedTable table = sql.servingKeys();
        List<String> keys = new ArrayList<>();
        IdleWriter writer = IdleWriter.insertingIfAbsent(idle, plan.token(), sql);
        try (PreparedStatement statement = serving.prepareStatement(
                "SELECT " + table.keyJson() + ", " + sql.texts() + table.nextRows(last, chunkRows))) {
            statement.setFetchSize(FETCH_ROWS);
            table.bindLast(statement, last);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    keys.add(rows.getString(1));
                    writer.add(rows, 2);
                }
            }
        }
        writer.flush();
        return keys;
    }
}
