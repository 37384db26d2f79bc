// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import java.sql.SQLException;
import java.util.List;

/**
 * Copies one table's rows to the idle side, where they are not there yet, block by block as they lie on disk. Several
 * threads may copy several slices at once.
 *
 * <p>Why it is enough to read each block once. The net is there before the table is cut into slices. A row that nobody has
 * written since then lies where it lay, and is read with its block. A row that was written since then may have moved to
 * another block; but it was mirrored or marked, and that brings it over. What VACUUM FULL or CLUSTER move gets another file,
 * which is noticed, and the table is copied again.
 */
interface TableCopy {
    /** Notes the table and its size, if it was not noted before. @return whether it is done */
    boolean begin() throws SQLException;

    /** The slices that are still to be copied, of the table as it lies on disk now. */
    List<Slice> cut() throws SQLException;

    /**
     * Copies the slice's blocks up to one of them and records it.
     *
     * @return the rows that were passed; or that they lie elsewhere now
     */
    CopyOutcome copy(Slice slice, long to) throws SQLException;

    /**
     * Marks the keys of these rows instead of copying them, and records it: the idle side refuses one of them. Resync finds out
     * which, and whether it does so for good or only until another row has got its new value.
     *
     * @return as {@link #copy}
     */
    CopyOutcome mark(Slice slice, long to) throws SQLException;

    /** Once everything is copied: marks the rows that are only on the idle side, and records that the table is done. */
    void finish() throws SQLException;
}
