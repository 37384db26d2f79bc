// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.mark.MarkedKeys;
import dev.cutover.dualwrite.mark.Marks.Mark;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** Makes the idle rows of marked keys equal to the serving ones and deletes the marks. May be repeated at will. */
interface Carrier {
    /** Brings together the marks that are due, the oldest first. */
    List<Mark> due(int limit) throws SQLException;

    /** All of the batch, or what fails is thrown and every mark of it stays. */
    void carry(List<Mark> batch, MarkedKeys keys) throws SQLException;

    /**
     * Carries all of the batch, or throws. Deletes the idle rows before it inserts any, so that they may exchange unique values and
     * exclusion ranges.
     */
    void replace(List<Mark> batch, MarkedKeys keys) throws SQLException;

    /** The newest marks of some tables whose row was not tried yet, or blocked by another one; in the order in which they were made. */
    List<Mark> mayBlock(Set<String> tables, int limit) throws SQLException;

    /** The marks whose rows the idle side would take if it had no row of the batch. Changes nothing. */
    List<Mark> fitting(List<Mark> batch) throws SQLException;
}
