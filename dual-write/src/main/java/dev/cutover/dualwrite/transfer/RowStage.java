// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transfer;

import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;

/** A temporary table on the idle side, into which rows are streamed by COPY before one statement writes them to their table. */
public final class RowStage {
    /** Fills the stage. */
    public static final String INTO = "COPY pg_temp.cutover_rows FROM STDIN";

    private final String create;
    private final String insert;

    public RowStage(String token, TableSql sql) {
        List<String> types =
                sql.table().assignments().stream().map(Assignment::type).toList();
        this.create = "CREATE TEMPORARY TABLE cutover_rows ("
                + IntStream.range(0, types.size())
                        .mapToObj(i -> "c" + i + " " + types.get(i))
                        .collect(joining(", "))
                + ") ON COMMIT DROP";
        this.insert = token + " INSERT INTO " + sql.idle() + " (" + sql.idleColumns()
                + ") OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.cutover_rows ";
    }

    /** Makes the stage for the rest of the transaction. */
    public void create(Connection idle) throws SQLException {
        Rows.execute(idle, List.of(create));
    }

    /** Writes the rows to their table. @param onConflict the ON CONFLICT clause */
    public void insert(Connection idle, String onConflict) throws SQLException {
        Rows.execute(idle, List.of(insert + onConflict));
    }

    /** Removes the stage, so that the transaction can make one for another table. */
    public void drop(Connection idle) throws SQLException {
        Rows.execute(idle, List.of("DROP TABLE pg_temp.cutover_rows"));
    }
}
