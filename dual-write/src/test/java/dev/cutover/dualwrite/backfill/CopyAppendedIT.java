// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.dualwrite.testing.AppendOnlySides;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows without a key are copied once. */
@ExtendWith(PostgresExtension.class)
final class CopyAppendedIT {
    /** As if the answer to the first one's COMMIT had been lost, or another backfill had copied the blocks. */
    @Test
    void blocksThatAreCopiedAlreadyAreNotCopiedAgain(TestDatabase database) throws Exception {
        AppendOnlySides sides = AppendOnlySides.mirrored(database);
        CopyAppended one = new CopyAppended(sides.dataSource(), sides.plan(), sides.table());
        one.begin();
        Slice slice = one.cut().get(0);
        assertEquals(new CopyOutcome.Copied(3), one.copy(slice, slice.end()));

        CopyOutcome again = new CopyAppended(sides.dataSource(), sides.plan(), sides.table()).copy(slice, slice.end());

        assertEquals(new CopyOutcome.Moved(), again);
        assertEquals(3, sides.idleRows().size());
    }

    @Test
    void aTableThatIsRewrittenWhileItIsCopiedEndsTheBackfill(TestDatabase database) throws Exception {
        AppendOnlySides sides = AppendOnlySides.mirrored(database);
        CopyAppended copy = new CopyAppended(sides.dataSource(), sides.plan(), sides.table());
        copy.begin();
        Slice slice = copy.cut().get(0);
        database.execute("VACUUM FULL v1.log");

        assertThrows(SQLException.class, () -> copy.copy(slice, slice.end()));
        SQLException rewritten = assertThrows(SQLException.class, copy::cut);

        assertEquals("55000", rewritten.getSQLState());
        assertEquals(0, sides.idleRows().size());
    }
}
