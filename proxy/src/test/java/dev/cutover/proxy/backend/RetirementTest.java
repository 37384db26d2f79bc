// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RetirementTest {
    private static final long SECOND = 1_000_000_000;
    private static final long NOW = 42 * SECOND;

    private final PoolPlace place = new PoolPlace();

    @Test
    void aRetirementCoversConnectionsWhoseOpeningBeganBefore() {
        Retirement retirement = new Retirement(NOW);

        retirement.begin(NOW + SECOND);

        assertEquals(true, retirement.covers(NOW + SECOND - 1));
        assertEquals(false, retirement.covers(NOW + SECOND));
    }

    @Test
    void aConnectionWithoutALifetimeDoesNotRetire() {
        place.limitAge(Duration.ZERO, NOW);

        assertFalse(place.retired(NOW + 1_000_000 * SECOND));
    }

    @Test
    void aConnectionRetiresInTheLastTenthOfItsLifetime() {
        place.limitAge(Duration.ofSeconds(100), NOW);

        assertFalse(place.retired(NOW + 90 * SECOND - 1));
        assertTrue(place.retired(NOW + 100 * SECOND + 1));
    }

    @Test
    void aConnectionOfADroppedPoolIsRetiredAtOnce() {
        place.retire(NOW);

        assertTrue(place.retired(NOW));
    }
}
