// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LeaseTest {
    private static final long SECOND = 1_000_000_000;

    private long now = 42 * SECOND;
    private final Lease lease = new Lease(Duration.ofSeconds(5), () -> now);

    @Test
    void aLeaseThatWasNeverRenewedIsNotCurrent() {
        assertFalse(lease.current());
    }

    @Test
    void aLeaseRunsFromTheTimeAtWhichItsRenewalWasAskedFor() {
        long asked = lease.ask();
        now += 4 * SECOND;

        lease.renewed(asked);

        assertTrue(lease.current());
        now += SECOND;
        assertFalse(lease.current());
    }

    @Test
    void aProxyJudgesNobodyForTheTimeOfALeaseAfterTheControlDatabaseWasAway() {
        lease.distrust();
        now += 5 * SECOND - 1;
        lease.renewed(lease.ask());

        assertFalse(lease.judges());
        now += 1;
        assertTrue(lease.judges());
    }

    @Test
    void aProxyWhoseLeaseHasRunOutJudgesNobody() {
        lease.renewed(lease.ask());
        now += 5 * SECOND;

        assertFalse(lease.judges());
    }
}
