package dev.cutover.dualwrite.backfill;

import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.carry.Crossing;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.plan.TableSql;
import dev.cutover.dualwrite.resync.SurplusKeys;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyOut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies from one database to another, without a lock on the serving side: rows stream by COPY from the one server to the
 * other. Where one of a chunk is there already, that fails, and they stream into a temporary table and go on from there to where
 * they are not yet.
 *
 * <p>Why no stale row stays behind. A row that is changed after it was read for a chunk has a mark, and resync carries
 * its newer state over: after the chunk, then it overwrites the row; or before it, then the row is there and the chunk's
 * is not inserted. Only where resync found the row deleted, before the chunk put it in, would it stay. So once all chunks
 * are committed on the idle side, the keys that only the idle side has are looked for and marked. A row that is deleted after
 * that look has its mark after all chunks.
 *
 * <p>A chunk that was committed on the idle side and not recorded, because somebody was killed in between, is copied again;
 * what was deleted meanwhile is found by that same look.
 *
 * <p>The idle side lags, so that a unique value may still be that of the row which had it before. Rows of a block that is
 * refused are marked, and resync brings them over.
 */
final class CopyAcross implements TableCopy {
    private static final Logger LOG = LoggerFactory.getLogger(CopyAcross.class);
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int BUFFER_BYTES = 64 * 1024;

    /** By a COPY into a table whose row security holds for this role, say. */
    private static final String NOT_SUPPORTED = "0A000";

    private final TwoDatabases databases;
    private final MirrorPlan plan;
    private final TableSql sql;
    private final TableProgress progress;
    private final SurplusKeys surplus;
    private final FastPath fast = new FastPath();
    private final String intoTable;
    private final String intoStage = "COPY pg_temp.cutover_rows FROM STDIN";
    private final String stage;
    private final String insert;

    CopyAcross(TwoDatabases databases, MirrorPlan plan, TablePlan table) {
        this.databases = databases;
        this.plan = plan;
        this.sql = new TableSql(plan, table);
        this.progress = new TableProgress(plan, sql);
        this.surplus = new SurplusKeys(plan, sql);
        List<String> types = table.assignments().stream().map(Assignment::type).toList();
        this.stage = "CREATE TEMPORARY TABLE cutover_rows ("
                + IntStream.range(0, types.size())
                        .mapToObj(i -> "c" + i + " " + types.get(i))
                        .collect(joining(", "))
                + ") ON COMMIT DROP";
        this.intoTable = plan.maintenanceToken() + "COPY " + sql.idle() + "(" + sql.idleColumns() + ") FROM STDIN";
        this.insert = plan.maintenanceToken() + "INSERT INTO " + sql.idle() + "(" + sql.idleColumns()
                + ") OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.cutover_rows ON CONFLICT (" + sql.idleKey()
                + ") DO NOTHING";
    }

    @Override
    public boolean begin() throws SQLException {
        return onServing(progress::begin);
    }

    @Override
    public List<Slice> cut() throws SQLException {
        return onServing(progress::cut);
    }

    private <T> T onServing(Crossing.OneSide<T> work) throws SQLException {
        return Crossing.run(databases, LOCK_TIMEOUT, (serving, idle) -> {
            T result = work.run(serving);
            serving.commit();
            return result;
        });
    }

    @Override
    public long copy(Slice slice, long to) throws SQLException {
        if (fast.open()) {
            try {
                long passed = copy(slice, to, (from, rows, idle) -> stream(from, rows, idle, intoTable));
                fast.passed();
                return passed;
            } catch (SQLException e) {
                if (!Transactions.refuses(e) && !NOT_SUPPORTED.equals(e.getSQLState())) {
                    throw e;
                }
                fast.failed();
            }
        }
        return copy(slice, to, (from, rows, idle) -> {
            try (Statement statement = idle.createStatement()) {
                statement.execute(stage);
                long passed = stream(from, rows, idle, intoStage);
                statement.execute(insert);
                return passed;
            }
        });
    }

    /** Brings some rows over. */
    @FunctionalInterface
    private interface Way {
        /** @return how many there are */
        long carry(Connection serving, String rows, Connection idle) throws SQLException;
    }

    private long copy(Slice slice, long to, Way way) throws SQLException {
        return Crossing.run(databases, LOCK_TIMEOUT, plan, (serving, idle) -> {
            long passed =
                    way.carry(serving, slice.rows(to, serving.getMetaData().getDatabaseMajorVersion()), idle);
            if (!progress.unmoved(serving, slice)) {
                return -1L;
            }
            idle.commit();
            progress.record(serving, slice, to, passed);
            serving.commit();
            return passed;
        });
    }

    @Override
    public long mark(Slice slice, long to) throws SQLException {
        return onServing(serving -> {
            String rows = slice.rows(to, serving.getMetaData().getDatabaseMajorVersion());
            try (Statement statement = serving.createStatement()) {
                long passed = statement.executeUpdate(progress.marking(rows));
                if (!progress.unmoved(serving, slice)) {
                    serving.rollback();
                    return -1L;
                }
                progress.record(serving, slice, to, passed);
                return passed;
            }
        });
    }

    /**
     * The idle side's COPY begins first: it may have to wait for a lock in vain, and then the serving side has sent nothing yet.
     *
     * @return the number of rows
     */
    private long stream(Connection from, String rows, Connection to, String into) throws SQLException {
        CopyIn in = to.unwrap(PGConnection.class).getCopyAPI().copyIn(into);
        try {
            CopyOut out = from.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY (SELECT " + sql.texts() + sql.from(rows) + ") TO STDOUT");
            try {
                ByteArrayOutputStream buffer = new ByteArrayOutputStream(BUFFER_BYTES);
                byte[] row = out.readFromCopy();
                while (row != null) {
                    buffer.write(row, 0, row.length);
                    if (buffer.size() >= BUFFER_BYTES) {
                        send(in, buffer);
                    }
                    row = out.readFromCopy();
                }
                send(in, buffer);
                return in.endCopy();
            } finally {
                readToTheEnd(out, from);
            }
        } finally {
            cancel(in, to);
        }
    }

    /**
     * Reads what is left of a COPY that nobody needs any more. To cancel it would be a race: the server may have sent all of it
     * already, and the cancel request would hit the connection's next statement.
     */
    private static void readToTheEnd(CopyOut out, Connection connection) {
        try {
            while (out.isActive() && out.readFromCopy() != null) {
                // A chunk is small.
            }
        } catch (SQLException e) {
            close(connection);
        }
    }

    private static void cancel(CopyIn in, Connection connection) {
        if (in.isActive()) {
            try {
                in.cancelCopy();
            } catch (SQLException e) {
                close(connection);
            }
        }
    }

    /** Closes a connection whose state is not known: from a pool, somebody else would get it. What broke it is being thrown. */
    private static void close(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.warn("a connection with an unfinished COPY could not be closed", e);
        }
    }

    private static void send(CopyIn in, ByteArrayOutputStream buffer) throws SQLException {
        in.writeToCopy(buffer.toByteArray(), 0, buffer.size());
        buffer.reset();
    }

    @Override
    public void finish() throws SQLException {
        surplus.markAcross(databases);
        onServing(serving -> {
            progress.finish(serving);
            return true;
        });
    }
}
