// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.verify.TableComparison.Found;
import dev.cutover.dualwrite.verify.TableComparison.Refused;
import java.sql.SQLException;

/**
 * Compares a range whose rows may hold values that PostgreSQL cannot cast to the idle column's type. One such row fails every query
 * that reads it. It is found, reported by its key, and left out when the others are compared.
 */
final class RangeComparison {
    /** More such rows may be written while the range is compared. */
    private static final int ATTEMPTS = 3;

    private final String table;
    private final TableComparison comparison;

    RangeComparison(String table, TableComparison comparison) {
        this.table = table;
        this.comparison = comparison;
    }

    /** Compares the range. @return how many serving rows it has */
    long compare(KeyRange range, Found found) throws SQLException {
        Refused refused = Refused.NONE;
        for (int attempt = 1; ; attempt++) {
            try {
                long rows = comparison.compare(range, refused.keys(), found);
                found.differ(refused.differences());
                return rows + refused.keys().size();
            } catch (SQLException e) {
                if (!Transactions.refusesValue(e)) {
                    throw e;
                }
                Refused now = comparison.refused(range);
                if (attempt == ATTEMPTS || now.keys().isEmpty() || now.keys().size() >= RefusedValues.MOST) {
                    throw named(e, range, now);
                }
                refused = now;
            }
        }
    }

    private SQLException named(SQLException e, KeyRange range, Refused refused) {
        String which = refused.keys().isEmpty()
                ? "keys after " + range.from() + " up to " + range.to()
                : refused.keys().size() + " rows or more, for example "
                        + refused.keys().iterator().next();
        return new SQLException("table " + table + ", " + which + ": " + e.getMessage(), e.getSQLState(), e);
    }
}
