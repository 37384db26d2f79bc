package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.plan.KeyRange;
import dev.cutover.dualwrite.verify.Verification.Difference;
import java.sql.SQLException;
import java.util.List;

/** Compares the two sides of one table. Several threads may compare several ranges of its keys at once. */
interface TableComparison {
    /** @return how many serving rows the range has */
    long compare(KeyRange range, Found found) throws SQLException;

    /** Is told the keys that differ and carry no mark, some at a time. */
    @FunctionalInterface
    interface Found {
        void differ(List<Difference> differences) throws SQLException;
    }
}
