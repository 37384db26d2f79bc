package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.backfill.TableProgress.State;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.plan.TableSql;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Copies within one database.
 *
 * <p>A chunk is the keys between two boundaries that an unlocked read has found, not "the next n rows" of a locking read:
 * the latter skips rows that changed while it waited, and its last key may be one that a client has just moved. Rows are
 * locked FOR SHARE while they are copied, so none can change between being read and being inserted; rows that are
 * inserted behind the boundary are mirrored by those who insert them.
 */
final class CopyWithin implements TableCopy {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int ATTEMPTS = 200;

    private final DataSource database;
    private final TableProgress progress;
    private final TableSql sql;
    private final int chunkRows;
    private final String token;

    CopyWithin(DataSource database, MirrorPlan plan, TablePlan table, int chunkRows) {
        this.database = database;
        this.token = plan.token();
        this.sql = new TableSql(plan, table);
        this.progress = new TableProgress(plan.tenant(), sql);
        this.chunkRows = chunkRows;
    }

    @Override
    public State begin() throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, progress::begin);
    }

    /** The progress is recorded in the same transaction. */
    @Override
    public State copyChunk() throws SQLException, InterruptedException {
        return Transactions.retrying(database, LOCK_TIMEOUT, ATTEMPTS, connection -> {
            String last = progress.lastKey(connection);
            String boundary = boundary(connection, last);
            long copied = copy(connection, last, boundary);
            progress.record(connection, boundary, copied);
            return progress.state(connection);
        });
    }

    /** The key of the chunk's last row; null when the chunk is the last one and runs to the table's end. */
    private @Nullable String boundary(Connection connection, @Nullable String last) throws SQLException {
        String query = "SELECT " + sql.servingKeyJson() + " FROM " + sql.serving() + after(last) + " ORDER BY "
                + sql.servingKey() + " OFFSET " + (chunkRows - 1) + " LIMIT 1";
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            bindKey(statement, 1, last);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }

    /** @return the rows seen on the serving side, whether or not the idle side had them already */
    private long copy(Connection connection, @Nullable String last, @Nullable String boundary) throws SQLException {
        String range = after(last);
        if (boundary != null) {
            range += (range.isEmpty() ? " WHERE " : " AND ") + "(" + sql.servingKey() + ") <= ("
                    + sql.servingKeyOf("?::jsonb") + ")";
        }
        String copy = token + " WITH chunk AS MATERIALIZED (SELECT * FROM " + sql.serving() + range + " ORDER BY "
                + sql.servingKey() + " FOR SHARE), copied AS (INSERT INTO " + sql.idle() + " (" + sql.idleColumns()
                + ") OVERRIDING SYSTEM VALUE SELECT " + sql.expressions() + " FROM chunk ON CONFLICT ("
                + sql.idleKey() + ") DO NOTHING) SELECT count(*) FROM chunk";
        try (PreparedStatement statement = connection.prepareStatement(copy)) {
            bindKey(statement, bindKey(statement, 1, last), boundary);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    private String after(@Nullable String last) {
        return last == null ? "" : " WHERE (" + sql.servingKey() + ") > (" + sql.servingKeyOf("?::jsonb") + ")";
    }

    /** Binds a key once for each of its columns; returns the next parameter's index. */
    private int bindKey(PreparedStatement statement, int parameter, @Nullable String key) throws SQLException {
        if (key == null) {
            return parameter;
        }
        int next = parameter;
        for (int i = 0; i < sql.table().key().size(); i++) {
            statement.setString(next++, key);
        }
        return next;
    }
}
