// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.cutover.config.campaign.CampaignManifest.ErrorsGate;
import dev.cutover.config.campaign.CampaignManifest.Gates;
import dev.cutover.config.campaign.CampaignManifest.LatencyGate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FigureGatesTest {
    private static final Instant FLIP = Instant.parse("2026-12-01T12:00:00Z");
    private static final Instant NOW = FLIP.plusSeconds(100);
    private static final Gates ERRORS =
            new Gates(List.of(), new ErrorsGate(0.01, Duration.ofMinutes(1)), null, false, List.of());
    private static final Gates P99 =
            new Gates(List.of(), null, new LatencyGate(1.5, Duration.ofMinutes(5)), false, List.of());
    /** Two doublings apart. */
    private static final int FAST = 160;

    private static final int SLOW = FAST + 16;

    private static GateVerdict ask(Gates gates, FigureSums before, FigureSums after) throws Exception {
        return new FigureGates(gates, (tenant, from, to) -> to.equals(FLIP) ? before : after).ask("acme", FLIP, NOW);
    }

    private static FigureSums sums(long errors, Map<Integer, Long> latencies) {
        FigureSums sums = new FigureSums();
        sums.add(errors, latencies, 0);
        return sums;
    }

    @Test
    void moreErrorsThanAllowedAndThanBeforeAreNamed() throws Exception {
        GateVerdict verdict = ask(ERRORS, sums(0, Map.of(FAST, 1_000L)), sums(20, Map.of(FAST, 1_000L)));

        assertEquals(
                "gate errors: 2.000 % of 1000 transactions, at most 1.000 % are allowed; before the flip 0.000 %",
                assertInstanceOf(GateVerdict.Broken.class, verdict).why());
    }

    @Test
    void aTenantThatHadAsManyErrorsBeforeIsNotBlamed() throws Exception {
        GateVerdict verdict = ask(ERRORS, sums(20, Map.of(FAST, 1_000L)), sums(20, Map.of(FAST, 1_000L)));

        assertInstanceOf(GateVerdict.Held.class, verdict);
    }

    @Test
    void aReadThatDiffersAfterTheFlipIsCounted() throws Exception {
        Gates reads = new Gates(List.of(), null, null, true, List.of());
        FigureSums differ = new FigureSums();
        differ.add(0, Map.of(), 3);

        assertInstanceOf(GateVerdict.Held.class, ask(reads, differ, sums(0, Map.of())));
        assertEquals(
                "gate reads-agree: 3 compared read(s) differ after the flip",
                assertInstanceOf(GateVerdict.Broken.class, ask(reads, sums(0, Map.of()), differ))
                        .why());
    }

    @Test
    void aFewTransactionsTellNothing() throws Exception {
        GateVerdict errors = ask(ERRORS, sums(0, Map.of()), sums(19, Map.of(FAST, 19L)));
        GateVerdict p99 = ask(P99, sums(0, Map.of(FAST, 199L)), sums(0, Map.of(SLOW, 1_000L)));

        assertInstanceOf(GateVerdict.Held.class, errors);
        assertInstanceOf(GateVerdict.Held.class, p99);
    }

    @Test
    void aSlowerHundredthIsNamedWithItsRatio() throws Exception {
        FigureSums before = sums(0, Map.of(FAST, 1_000L));
        FigureSums after = sums(0, Map.of(FAST, 980L, SLOW, 20L));

        String why = assertInstanceOf(GateVerdict.Broken.class, ask(P99, before, after))
                .why();

        assertEquals("gate p99: 4.5 ms, 4.00 times as long as before the flip; at most 1.50 times is allowed", why);
        assertInstanceOf(GateVerdict.Held.class, ask(P99, before, sums(0, Map.of(FAST, 995L, SLOW, 5L))));
    }

    @Test
    void theTimeAfterTheFlipBeginsWithIt() throws Exception {
        Instant[] asked = new Instant[2];
        FigureGates gates = new FigureGates(ERRORS, (tenant, from, to) -> {
            asked[to.equals(FLIP) ? 0 : 1] = from;
            return new FigureSums();
        });

        gates.ask("acme", FLIP, FLIP.plusSeconds(10));
        Instant early = asked[1];
        gates.ask("acme", FLIP, NOW);

        assertEquals(FLIP, early);
        assertEquals(NOW.minusSeconds(60), asked[1]);
        assertEquals(FLIP.minusSeconds(60), asked[0]);
    }
}
