// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.adminapi.CampaignPlan.PlannedTenant;
import dev.cutover.config.campaign.CampaignManifest.Wave;
import dev.cutover.proxy.control.campaign.MoveTimes.Made;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MoveTimesTest {
    private static final long MEGABYTE = 1 << 20;

    @Test
    void withoutMovesTheFiguresAreAssumedAndSaySo() {
        MoveTimes times = MoveTimes.of(List.of());

        assertEquals(5, times.seconds(0));
        assertEquals(105, times.seconds(1_000_000_000));
        assertEquals(-1, times.seconds(-1));
        assertEquals(
                "assumed: 5 s for each tenant and 10 MB/s; no campaign has moved a tenant here yet", times.basis());
    }

    @Test
    void smallMovesTellWhatEveryTenantTakesAndLargeOnesWhatAByteDoes() {
        MoveTimes times = MoveTimes.of(List.of(
                new Made(MEGABYTE, 2),
                new Made(2 * MEGABYTE, 3),
                new Made(MEGABYTE, 90),
                new Made(100 * MEGABYTE, 23),
                new Made(200 * MEGABYTE, 43)));

        assertEquals(3, times.seconds(0));
        assertEquals(63, times.seconds(300 * MEGABYTE));
        assertEquals("by the 5 moves of campaigns so far", times.basis());
    }

    @Test
    void aWaveTakesWhatItsLongestLaneTakesAndItsBake() {
        assertEquals(20, seconds(1, 0, 5, 5, 10));
        assertEquals(10, seconds(2, 0, 5, 5, 10) - 5);
        assertEquals(10 + 60, seconds(3, 60, 5, 5, 10));
        assertEquals(60, seconds(3, 60));
        assertEquals(5, seconds(2, 0, -1, 5));
    }

    private static long seconds(int parallel, long bake, long... tenants) {
        Wave wave = new Wave("w", List.of(), null, parallel, Duration.ofSeconds(bake), null, false);
        return MoveTimes.seconds(
                wave,
                LongStream.of(tenants)
                        .mapToObj(seconds -> new PlannedTenant("t", 0, seconds, List.of()))
                        .toList());
    }
}
