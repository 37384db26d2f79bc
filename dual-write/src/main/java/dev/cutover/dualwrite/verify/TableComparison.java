package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.verify.Verification.Difference;
import java.sql.SQLException;
import java.util.List;

/** Compares one table's two sides, chunk by chunk. */
interface TableComparison {
    /** Tells the listener what it finds. @throws InterruptedException when the listener wants no more */
    void run(Listener listener) throws SQLException, InterruptedException;

    /** Whoever adds up what is found. */
    interface Listener {
        /** A chunk was compared: so many serving rows, and these keys that differ and carry no mark. */
        void compared(long rows, List<Difference> differences) throws SQLException, InterruptedException;
    }
}
