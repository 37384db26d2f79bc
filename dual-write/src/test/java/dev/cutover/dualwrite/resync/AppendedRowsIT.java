// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.mark.MarkedKeys;
import dev.cutover.dualwrite.mark.Marks.Mark;
import dev.cutover.dualwrite.testing.AppendOnlySides;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows without a key are carried once, whatever happens to the resync that carries them. */
@ExtendWith(PostgresExtension.class)
final class AppendedRowsIT {
    /** As if a proxy that has lost its control database still ran its resync beside the next proxy's. */
    @Test
    void twoResyncsThatHaveTakenUpTheSameMarkCarryItOnce(TestDatabase database) throws Exception {
        AppendOnlySides sides = AppendOnlySides.mirrored(database);
        new Backfill(sides.placement(), sides.plan()).run(() -> false);
        database.execute("INSERT INTO v1.log VALUES ('new')");
        CarrierWithin one = new CarrierWithin(sides.dataSource(), sides.plan());
        CarrierWithin other = new CarrierWithin(sides.dataSource(), sides.plan());
        List<Mark> taken = one.due(10);
        List<Mark> takenToo = other.due(10);

        one.carry(taken, MarkedKeys.of(taken, sides.plan()));
        SQLException late =
                assertThrows(SQLException.class, () -> other.carry(takenToo, MarkedKeys.of(takenToo, sides.plan())));

        assertEquals("40001", late.getSQLState());
        assertEquals(List.of("new", "old", "old", "older"), sides.idleRows());
    }

    @Test
    void marksWaitForTheBackfill(TestDatabase database) throws Exception {
        AppendOnlySides sides = AppendOnlySides.mirrored(database);
        CarrierWithin carrier = new CarrierWithin(sides.dataSource(), sides.plan());
        database.execute("INSERT INTO v1.log VALUES ('new')");
        assertEquals(List.of(), carrier.due(10));

        new Backfill(sides.placement(), sides.plan()).run(() -> false);

        assertEquals(List.of("old", "old", "older"), sides.idleRows());
        assertEquals(1, carrier.due(10).size());
    }
}
