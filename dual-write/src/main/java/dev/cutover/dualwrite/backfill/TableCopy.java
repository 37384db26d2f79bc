package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.backfill.TableProgress.State;
import java.sql.SQLException;

/** Copies one table's rows to the idle side in key order, chunk by chunk, where they are not there yet. */
interface TableCopy {
    /** Notes the table and its size, if it was not noted before. */
    State begin() throws SQLException;

    /** Copies the next chunk and records it. */
    State copyChunk() throws SQLException, InterruptedException;
}
