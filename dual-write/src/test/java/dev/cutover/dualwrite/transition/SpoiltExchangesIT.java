// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.mark.Ledger;
import dev.cutover.dualwrite.mark.Ledger.Selection;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.Spoiler.Kind;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.verify.Verification;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.dualwrite.verify.Verifier.Scope;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each message of the work between two databases is spoilt once. The pools' connections stay usable, and the work, run again,
 * completes.
 */
@ExtendWith(PostgresExtension.class)
class SpoiltExchangesIT {
    /** Some work, of which a part may have been done before. */
    private interface Exchange {
        void run(SpoiltSides sides) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void backfill(Kind kind, TestDatabase blue, TestDatabase green) throws Exception {
        try (SpoiltSides sides = new SpoiltSides(blue, green)) {
            sides.begin(SpoiltSides.ONE_ROW_IS_THERE);
            eachMessage(sides, kind, SpoiltExchangesIT::backfill, again -> {
                backfill(again);
                resync(again);
                again.assertEqual();
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void resync(Kind kind, TestDatabase blue, TestDatabase green) throws Exception {
        try (SpoiltSides sides = new SpoiltSides(blue, green)) {
            sides.begin(SpoiltSides.ALL_DIFFERS_AND_IS_MARKED);
            eachMessage(sides, kind, SpoiltExchangesIT::resync, again -> {
                tryRefusedRows(again);
                resync(again);
                again.assertEqual();
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = "CANCEL")
    void verify(Kind kind, TestDatabase blue, TestDatabase green) throws Exception {
        try (SpoiltSides sides = new SpoiltSides(blue, green)) {
            sides.begin(SpoiltSides.ALL_DIFFERS);
            eachMessage(
                    sides,
                    kind,
                    spoilt -> verify(spoilt, Scope.ALL),
                    again -> assertEquals(
                            SpoiltSides.DIFFERENCES, verify(again, Scope.ALL).mismatches()));
        }
    }

    /** It is a verification that marks what differs. */
    @ParameterizedTest
    @EnumSource(names = {"RESET", "OVERWRITE"})
    void repair(Kind kind, TestDatabase blue, TestDatabase green) throws Exception {
        Scope repair = new Scope(true, 1);
        try (SpoiltSides sides = new SpoiltSides(blue, green)) {
            sides.begin(SpoiltSides.ALL_DIFFERS);
            eachMessage(sides, kind, spoilt -> verify(spoilt, repair), again -> {
                verify(again, repair);
                resync(again);
                again.assertEqual();
            });
        }
    }

    private static void eachMessage(SpoiltSides sides, Kind kind, Exchange exchange, Exchange again) throws Exception {
        boolean spoilt = true;
        for (int message = 1; spoilt; message++) {
            sides.reset();
            sides.spoiler().arm(kind, message);
            String failure = "";
            try {
                exchange.run(sides);
            } catch (SQLException e) {
                failure = e.getSQLState() + " " + e.getMessage();
            }
            spoilt = sides.spoiler().disarm();
            assertTrue(spoilt || failure.isEmpty(), failure);
            String what = kind + " of message " + message + ", then: " + failure;
            sides.assertInStep(what);
            try {
                again.run(sides);
            } catch (SQLException | AssertionError e) {
                throw new AssertionError(what, e);
            }
        }
    }

    private static void backfill(SpoiltSides sides) throws Exception {
        assertTrue(new Backfill(sides.placement(), sides.plan()).run(() -> false));
    }

    private static void resync(SpoiltSides sides) throws Exception {
        new Resync(sides.placement(), sides.plan()).drain(System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
    }

    /** An error that a cancelled statement left in the ledger delays the row's next try. */
    private static void tryRefusedRows(SpoiltSides sides) throws Exception {
        try (Connection serving = sides.placement().serving().getConnection()) {
            UUID last = new Ledger(sides.plan()).last(serving, Selection.ALL);
            new Resync(sides.placement(), sides.plan()).putBack(Selection.ALL, Ledger.FIRST, last, 1_000);
        }
    }

    private static Verification verify(SpoiltSides sides, Scope scope) throws Exception {
        return new Verifier(sides.placement(), sides.plan()).run(scope, () -> false, rows -> {});
    }
}
