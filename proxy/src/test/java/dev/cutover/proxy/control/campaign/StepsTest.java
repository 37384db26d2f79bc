// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.campaign.CampaignManifest;
import dev.cutover.config.campaign.CampaignManifest.GateSide;
import dev.cutover.config.yaml.CampaignLoader;
import dev.cutover.proxy.control.refusal.BusyException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StepsTest {
    private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");
    private static final String MANIFEST = """
            campaign: c
            waves: [{name: all, bake: 1m}]
            complete: {after: 1h}
            """;

    private final Steps steps = steps(MANIFEST, CampaignStatus.State.RUNNING, NOW);

    private static Steps steps(String manifest, CampaignStatus.State state, Instant now) {
        try {
            return new Steps(CampaignLoader.load("m", manifest), state, now);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Move move(State state, @Nullable VerbName step) {
        return new Move("c", "acme", 0, state, step, null, 0, null, NOW, null, null, null, 7);
    }

    private static Operation operation(Operation.State state, String message, Finding... findings) {
        return new Operation(
                "o", "acme", "x", state, message, null, null, List.of(), List.of(findings), List.of(), NOW, NOW);
    }

    private static final Operation SUCCEEDED = operation(Operation.State.SUCCEEDED, "done");
    private static final Operation FAILED = operation(Operation.State.FAILED, "the server is gone");
    private static final Operation REFUSED = operation(
            Operation.State.REFUSED,
            "refused",
            new Finding("a-note", false, "nothing", ""),
            new Finding("marks-are-few", true, "9 marks wait", "wait"));

    @Test
    void aTenantGoesThroughAllVerbsToItsFlip() {
        List<VerbName> asked = new ArrayList<>();
        Move move = steps.begun(move(State.WAITING, null));
        while (move.state() == State.MOVING) {
            Steps.Next next = steps.next(move);
            if (next instanceof Steps.Gates gates) {
                assertEquals(GateSide.IDLE, gates.side());
                next = steps.passed(move, GateSide.IDLE, null);
            }
            Move running = assertInstanceOf(Steps.Ask.class, next).move();
            asked.add(running.step());
            move = steps.ended(running.running("o"), SUCCEEDED, false);
        }

        assertEquals(
                List.of(VerbName.PREPARE, VerbName.MIRROR, VerbName.BACKFILL, VerbName.VERIFY, VerbName.FLIP), asked);
        assertEquals(State.BAKING, move.state());
        assertEquals(NOW, move.flippedAt());
    }

    @Test
    void aStepThatFailsIsTriedAgainLaterAndTheThirdTimeEndsTheMove() {
        Move once = steps.ended(move(State.MOVING, VerbName.BACKFILL), FAILED, false);
        Move twice = steps.ended(once, FAILED, false);
        Move thrice = steps.ended(twice, FAILED, false);

        assertInstanceOf(Steps.Rest.class, steps.next(once));
        assertEquals(VerbName.BACKFILL, twice.step());
        assertEquals(State.FAILED, thrice.state());
        assertEquals("backfill: the server is gone", thrice.reason());
        assertEquals(NOW, thrice.endedAt());
        assertTrue(Steps.counts(twice, thrice));
    }

    @Test
    void aStepWhoseProxyHasDiedDoesNotCount() {
        Move lost = steps.lost(move(State.MOVING, VerbName.BACKFILL).running("o"), false);

        assertEquals(0, lost.attempts());
        assertInstanceOf(Steps.Ask.class, steps.next(lost));
    }

    /** What clients get from the new side must not count as before the flip. */
    @Test
    void aTenantCountsAsFlippedFromTheMomentAtWhichThatWasAsked() {
        Instant asked = NOW.minusSeconds(30);
        Move running = move(State.MOVING, VerbName.FLIP).asked(asked).running("o");

        assertEquals(asked, steps.ended(running, SUCCEEDED, true).flippedAt());
        assertEquals(asked, steps.lost(running, true).flippedAt());
        assertEquals(State.BAKING, steps.lost(running, true).state());
        assertEquals(State.MOVING, steps.lost(running, false).state());
        assertNull(steps.lost(running, false).flippedAt());
    }

    @Test
    void aStepThatAnotherHoldsUpDoesNotCount() {
        Operation busy =
                operation(Operation.State.REFUSED, String.valueOf(new BusyException("acme", "recover").getMessage()));
        Operation silent = operation(
                Operation.State.REFUSED,
                "1 finding(s) block it",
                new Finding("a-note", false, "nothing", ""),
                Finding.ofSilentProxy("sessions-can-move", "proxy 3", "which sessions it has", "see"));
        Operation late = operation(Operation.State.TIMED_OUT, "proxy 3 did not answer within drain-timeout");
        Move move = move(State.MOVING, VerbName.FLIP);
        for (Operation each : List.of(busy, silent, late, busy)) {
            move = steps.ended(move, each, false);
        }

        assertEquals(State.MOVING, move.state());
        assertEquals(VerbName.FLIP, move.step());
        assertEquals(0, move.attempts());
        assertEquals("flip: tenant acme is busy: recover is running", move.reason());
    }

    @Test
    void aRefusedFlipIsComparedAgainAndNamesTheGuardrail() {
        Move once = steps.ended(move(State.MOVING, VerbName.FLIP), REFUSED, false);
        Move verified = steps.ended(once, SUCCEEDED, false);
        Move twice = steps.ended(verified, REFUSED, false);
        Move thrice = steps.ended(steps.ended(twice, SUCCEEDED, false), REFUSED, false);

        assertEquals(VerbName.VERIFY, once.step());
        assertEquals(VerbName.FLIP, verified.step());
        assertEquals(State.FAILED, thrice.state());
        assertEquals("flip: marks-are-few: 9 marks wait", thrice.reason());
    }

    @Test
    void aFlipThatHasFailedButTookEffectIsOne() {
        Move failing = steps.ended(steps.ended(move(State.MOVING, VerbName.FLIP), FAILED, true), FAILED, true);

        Move last = steps.ended(failing, FAILED, true);

        assertEquals(State.BAKING, last.state());
    }

    @Test
    void aBrokenGateBeforeTheFlipLeavesTheOldSide() {
        Move failed = steps.gateFailed(move(State.MOVING, VerbName.FLIP), "gate x answers 3, expected is 0");

        assertEquals(State.FAILED, failed.state());
        assertNull(failed.step());
    }

    @Test
    void aBrokenGateAfterTheFlipTakesTheTenantBack() {
        Move baking = move(State.MOVING, VerbName.FLIP).asked(NOW).flipped();

        Move back = steps.gateFailed(baking, "why");
        Move gone = steps.ended(back.running("o"), SUCCEEDED, false);

        assertEquals(
                VerbName.ROLLBACK,
                assertInstanceOf(Steps.Ask.class, steps.next(back)).move().step());
        assertEquals(State.FAILED, gone.state());
        assertEquals("why", gone.reason());
        assertTrue(Steps.counts(baking, back));
        assertFalse(Steps.counts(back, gone));
    }

    @Test
    void inPlaceATenantMigratesAndIsTakenBackByUndo() {
        Steps inPlace = steps(
                "{campaign: c, strategy: in-place, waves: [{name: all, bake: 1m}]}", CampaignStatus.State.RUNNING, NOW);

        Move migrating = inPlace.begun(move(State.WAITING, null));
        assertEquals(VerbName.MIGRATE, migrating.step());
        assertInstanceOf(Steps.Ask.class, inPlace.next(migrating));
        Move baking = inPlace.ended(migrating.running("o"), SUCCEEDED, false);
        assertEquals(State.BAKING, baking.state());
        Move back = inPlace.gateFailed(baking, "gate");
        assertEquals(VerbName.UNDO, back.step());
        assertEquals(
                State.FAILED, inPlace.ended(back.running("o"), SUCCEEDED, true).state());
    }

    @Test
    void aTenantThatIsToBeKeptStaysOnItsNewSide() {
        Steps keeping = steps(MANIFEST + "on-failure: {tenant: keep}\n", CampaignStatus.State.RUNNING, NOW);

        Move kept = keeping.gateFailed(move(State.BAKING, null), "why");

        assertEquals(State.FAILED_THERE, kept.state());
    }

    @Test
    void aTenantThatCannotGoBackIsNamed() {
        Move back = steps.gateFailed(move(State.BAKING, null), "why");
        for (int i = 0; i < Steps.MOST_ATTEMPTS; i++) {
            back = steps.ended(back, FAILED, true);
        }

        assertEquals(State.FAILED_THERE, back.state());
        assertTrue(String.valueOf(back.reason()).endsWith("it could not go back: the server is gone"));
    }

    @Test
    void aWaveBakesUntilItsTimeHasPassed() {
        Move baking = move(State.MOVING, VerbName.FLIP).asked(NOW).flipped();

        Steps.Next early = steps.passed(baking, GateSide.SERVING, NOW.plusMillis(1));
        Steps.Next others = steps.passed(baking, GateSide.SERVING, null);
        Steps.Next late = steps.passed(baking, GateSide.SERVING, NOW);

        assertEquals(
                State.BAKING, assertInstanceOf(Steps.Save.class, early).move().state());
        assertEquals(
                State.BAKING, assertInstanceOf(Steps.Save.class, others).move().state());
        Move done = assertInstanceOf(Steps.Save.class, late).move();
        assertEquals(State.DONE, done.state());
        assertNull(done.endedAt());
    }

    @Test
    void aMoveIsCompletedWhenItsTimeHasCome() {
        Move done = move(State.BAKING, null).baked(NOW.minus(Duration.ofHours(1)));
        Move early = move(State.BAKING, null).baked(NOW.minus(Duration.ofMinutes(59)));

        Move completing = assertInstanceOf(Steps.Ask.class, steps.next(done)).move();

        assertEquals(VerbName.COMPLETE, completing.step());
        assertEquals(State.COMPLETED, steps.ended(completing, SUCCEEDED, false).state());
        assertInstanceOf(Steps.Rest.class, steps.next(early));
    }

    @Test
    void withoutCompletionAMoveEndsWithItsBake() {
        Steps plain = steps("{campaign: c, waves: [{name: all}]}", CampaignStatus.State.RUNNING, NOW);

        Move done = assertInstanceOf(Steps.Save.class, plain.passed(move(State.BAKING, null), GateSide.SERVING, NOW))
                .move();

        assertEquals(NOW, done.endedAt());
    }

    @Test
    void aPausedCampaignOnlyWatchesAndTakesBack() {
        Steps paused = steps(MANIFEST, CampaignStatus.State.PAUSED, NOW);

        assertInstanceOf(Steps.Rest.class, paused.next(move(State.MOVING, VerbName.BACKFILL)));
        assertInstanceOf(Steps.Rest.class, paused.next(move(State.MOVING, VerbName.FLIP)));
        assertInstanceOf(Steps.Rest.class, paused.next(move(State.COMPLETING, VerbName.COMPLETE)));
        assertFalse(paused.begins(move(State.WAITING, null)));
        assertInstanceOf(Steps.Gates.class, paused.next(move(State.BAKING, null)));
        assertInstanceOf(Steps.Ask.class, paused.next(move(State.GOING_BACK, VerbName.ROLLBACK)));
    }

    @Test
    void aCancelledCampaignEndsEachTenantWhereItIsButTakesBackWhatFails() {
        Steps cancelling = steps(MANIFEST, CampaignStatus.State.CANCELLING, NOW);

        for (State state : List.of(State.WAITING, State.MOVING, State.BAKING, State.COMPLETING)) {
            Move ended = assertInstanceOf(Steps.Save.class, cancelling.next(move(state, null)))
                    .move();
            assertEquals(State.CANCELLED, ended.state());
            assertEquals(NOW, ended.endedAt());
        }
        assertEquals(
                State.DONE,
                assertInstanceOf(Steps.Save.class, cancelling.next(move(State.DONE, null)))
                        .move()
                        .state());
        assertInstanceOf(Steps.Ask.class, cancelling.next(move(State.GOING_BACK, VerbName.ROLLBACK)));
    }

    @Test
    void tenantsBeginAndFlipOnlyWithinTheWindow() {
        String manifest = "{campaign: c, waves: [{name: all, window: '22:00-05:00 UTC'}]}";
        Steps day = steps(manifest, CampaignStatus.State.RUNNING, NOW);
        Steps night = steps(manifest, CampaignStatus.State.RUNNING, NOW.plus(Duration.ofHours(11)));

        assertFalse(day.begins(move(State.WAITING, null)));
        assertInstanceOf(Steps.Rest.class, day.next(move(State.MOVING, VerbName.FLIP)));
        assertInstanceOf(Steps.Ask.class, day.next(move(State.MOVING, VerbName.BACKFILL)));
        assertTrue(night.begins(move(State.WAITING, null)));
        assertInstanceOf(Steps.Gates.class, night.next(move(State.MOVING, VerbName.FLIP)));
    }

    @Test
    void aGateThatNobodyAnswersIsAskedAgainBeforeItCountsAsBroken() {
        Move once = steps.gateUnknown(move(State.MOVING, VerbName.FLIP), "the server is gone");
        Move last = steps.gateUnknown(steps.gateUnknown(once, "gone"), "gone");

        assertEquals(State.MOVING, once.state());
        assertEquals(State.FAILED, last.state());
    }

    @Test
    void aServerThatDoesNotAnswerTakesNoTenantBack() {
        Move baking = move(State.BAKING, null);
        for (int i = 0; i < 2 * Steps.MOST_ATTEMPTS; i++) {
            baking = steps.gateUnknown(baking, "the server is gone");
        }

        assertEquals(State.BAKING, baking.state());
        assertEquals("the server is gone", baking.reason());
    }

    /** A release before this one has left it so. */
    @Test
    void aTenantThatHasFlippedBeforeIsNotTakenForOneThatTheCampaignHasFlipped() {
        Move failing = move(State.MOVING, VerbName.PREPARE);
        for (int i = 0; i < Steps.MOST_ATTEMPTS; i++) {
            failing = steps.ended(failing, REFUSED, true);
        }

        assertEquals(State.FAILED, failing.state());
    }

    @Test
    void aTenantThatIsNotConfiguredEndsWhereItIs() {
        Move once = steps.notConfigured(move(State.MOVING, VerbName.PREPARE));
        Move moving = steps.notConfigured(steps.notConfigured(once));
        Move back =
                steps.gateFailed(move(State.MOVING, VerbName.FLIP).asked(NOW).flipped(), "why");
        for (int i = 0; i < Steps.MOST_ATTEMPTS; i++) {
            back = steps.notConfigured(back);
        }

        assertEquals(State.MOVING, once.state());
        assertEquals(State.FAILED, moving.state());
        assertEquals(State.FAILED_THERE, back.state());
    }

    @Test
    void wavesFollowEachOtherAndAsManyMoveAtOnceAsTheyMay() throws Exception {
        CampaignManifest manifest =
                CampaignLoader.load("m", "{campaign: c, waves: [{name: a, bake: 1m}, {name: b, parallel: 2}]}");
        Move first = new Move("c", "t1", 0, State.WAITING, null, null, 0, null, NOW, null, null, null, 0);
        List<Move> second = List.of(waiting("t2"), waiting("t3"), waiting("t4"));

        assertEquals(List.of(first), new Waves(manifest, with(first, second)).turns());
        Move baking = first.asked(NOW).flipped();
        assertEquals(List.of(), new Waves(manifest, with(baking, second)).turns());
        assertEquals(NOW.plusSeconds(60), new Waves(manifest, with(baking, second)).bakesUntil(0));
        Move over = baking.baked(NOW);
        assertEquals(second.subList(0, 2), new Waves(manifest, with(over, second)).turns());
        List<Move> moving = List.of(second.get(0).to(State.MOVING, VerbName.PREPARE), second.get(1), second.get(2));
        assertEquals(second.subList(1, 2), new Waves(manifest, with(over, moving)).turns());
        assertNull(new Waves(manifest, with(over, moving)).bakesUntil(1));
    }

    private static Move waiting(String tenant) {
        return new Move("c", tenant, 1, State.WAITING, null, null, 0, null, NOW, null, null, null, 0);
    }

    private static List<Move> with(Move first, List<Move> others) {
        List<Move> all = new ArrayList<>(List.of(first));
        all.addAll(others);
        return all;
    }
}
