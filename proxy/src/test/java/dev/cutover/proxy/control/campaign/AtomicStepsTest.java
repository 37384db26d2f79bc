// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.campaign.CampaignManifest;
import dev.cutover.config.yaml.CampaignLoader;
import dev.cutover.proxy.control.store.JointFlips;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The steps of a wave whose tenants flip at one instant. */
class AtomicStepsTest {
    private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");

    private CampaignManifest manifest;
    private Steps steps;

    @BeforeEach
    void read() throws Exception {
        manifest = CampaignLoader.load("m", "{campaign: c, waves: [{name: all, parallel: 1, atomic: true}]}");
        steps = new Steps(manifest, CampaignStatus.State.RUNNING, NOW);
    }

    private static Move move(String tenant, State state, @Nullable VerbName step) {
        return new Move("c", tenant, 0, state, step, null, 0, null, NOW, null, null, null, 7);
    }

    private static Operation refused(String message) {
        return new Operation(
                "o",
                "t",
                "flip",
                Operation.State.REFUSED,
                message,
                null,
                null,
                List.of(),
                List.of(),
                List.of(),
                NOW,
                NOW);
    }

    private Waves waves(Move... moves) {
        return new Waves(manifest, List.of(moves));
    }

    @Test
    void aTenantThatCouldFlipWaitsForItsWave() {
        assertInstanceOf(Steps.Rest.class, steps.next(move("a", State.MOVING, VerbName.FLIP)));
        assertInstanceOf(Steps.Ask.class, steps.next(move("a", State.MOVING, VerbName.VERIFY)));
    }

    @Test
    void whoWaitsForItsWaveLeavesItsPlaceToTheNext() {
        Move ready = move("a", State.MOVING, VerbName.FLIP);
        Move next = move("b", State.WAITING, null);

        assertEquals(List.of(next), waves(ready, next).turns());
        assertEquals(
                List.of(), waves(move("a", State.MOVING, VerbName.VERIFY), next).turns());
    }

    @Test
    void allFlipWhenTheLastCould() {
        Move ready = move("a", State.MOVING, VerbName.FLIP);
        Move last = move("b", State.MOVING, VerbName.FLIP);

        assertEquals(
                List.of(),
                waves(ready, move("b", State.MOVING, VerbName.VERIFY)).together(NOW));
        assertEquals(List.of(), waves(ready, last.running("o")).together(NOW));
        assertEquals(
                List.of(),
                waves(ready, last.next(VerbName.FLIP, 1, "why", NOW.plusSeconds(1)))
                        .together(NOW));
        assertEquals(List.of(List.of(ready, last)), waves(ready, last).together(NOW));
        assertEquals(
                List.of(List.of(last)), waves(ready.asked(NOW).flipped(), last).together(NOW));
    }

    @Test
    void oneThatFailsHoldsAllOthersBack() {
        Move failed = move("a", State.MOVING, VerbName.VERIFY).because("why").ended(State.FAILED, NOW);
        Move ready = move("b", State.MOVING, VerbName.FLIP);
        Move waiting = move("c", State.WAITING, null);
        Waves waves = waves(
                failed, ready, waiting, move("d", State.MOVING, VerbName.FLIP).running("o"));

        assertEquals(failed, waves.holdsBack(ready));
        assertEquals(failed, waves.holdsBack(waiting));
        assertNull(waves.holdsBack(waves.moves().get(3)), "its step runs");
        Move left = steps.leftBehind(ready, failed);
        assertEquals(State.CANCELLED, left.state());
        assertEquals("the wave is atomic, and a has not flipped; continue by hand, or abort it", left.reason());
    }

    @Test
    void oneThatFailsAfterTheFlipHoldsNobodyBack() {
        Move failed =
                move("a", State.MOVING, VerbName.FLIP).asked(NOW).flipped().ended(State.FAILED, NOW);
        Move late = move("b", State.MOVING, VerbName.FLIP);

        assertNull(waves(failed, late).holdsBack(late));
    }

    @Test
    void onlyTheTenantForWhoseSakeItWasCancelledCountsAnAttempt() {
        Move move = move("a", State.MOVING, VerbName.FLIP).running("o");

        Move other = steps.ended(move, refused(JointFlips.FOR_ANOTHER + "tenant b cannot flip"), false);
        Move itself = steps.ended(move, refused("tenant a cannot flip"), false);

        assertEquals(VerbName.FLIP, other.step());
        assertEquals(0, other.attempts());
        assertEquals(VerbName.VERIFY, itself.step());
        assertEquals(1, itself.attempts());
    }
}
