// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.verify.Verification.Difference;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/** Compares the two sides of one table. Several threads may compare several ranges of its keys at once. */
interface TableComparison {
    /**
     * Compares the rows of a range.
     *
     * @param without keys whose rows are left out
     * @return how many serving rows are compared
     */
    long compare(KeyRange range, Collection<String> without, Found found) throws SQLException;

    /** The rows of a range from which no idle row can be made. */
    Refused refused(KeyRange range) throws SQLException;

    /**
     * Rows from which no idle row can be made.
     *
     * @param keys of all of them
     * @param differences those that carry no mark
     */
    record Refused(Collection<String> keys, List<Difference> differences) {
        static final Refused NONE = new Refused(List.of(), List.of());
    }

    /** Gets the keys that differ and carry no mark, some at a time. */
    @FunctionalInterface
    interface Found {
        void differ(List<Difference> differences) throws SQLException;
    }
}
