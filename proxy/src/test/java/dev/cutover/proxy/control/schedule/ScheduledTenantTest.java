// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.database.TransitionSchema;
import org.junit.jupiter.api.Test;

final class ScheduledTenantTest {
    private static final long MILLISECOND = 1_000_000;

    private long now;
    private final ScheduledTenant tenant = new ScheduledTenant(new NoTurns(), () -> now);

    @Test
    void theFirstTurnOfATenantIsDueAtOnce() {
        assertTrue(tenant.begin());
    }

    @Test
    void theNextTurnOfATenantBeginsWhenItsPauseIsOver() {
        tenant.begin();
        tenant.ended(15);
        now += 15 * MILLISECOND - 1;

        assertFalse(tenant.begin());
        now += 1;
        assertTrue(tenant.begin());
    }

    @Test
    void aTurnThatRunsIsNotBegunAgain() {
        tenant.begin();
        now += MILLISECOND;

        assertFalse(tenant.begin());
    }

    @Test
    void aTenantWithoutMarksHasNoNextTurn() {
        tenant.begin();

        tenant.ended(ResyncTurns.UNTIL_MARKED);

        assertEquals(Long.MAX_VALUE, tenant.nanosLeft());
    }

    @Test
    void aTurnIsDueAtOnceWhenAMarkIsSeen() {
        tenant.begin();
        tenant.ended(ResyncTurns.UNTIL_MARKED);

        tenant.wake();

        assertEquals(0, tenant.nanosLeft());
    }

    private static final class NoTurns implements ResyncTurns {
        @Override
        public String tenant() {
            return "acme";
        }

        @Override
        public TransitionSchema transition() {
            return TransitionSchema.USUAL;
        }

        @Override
        public void marked() {}

        @Override
        public boolean wantsTurn() {
            return false;
        }

        @Override
        public long turn() {
            return UNTIL_MARKED;
        }
    }
}
