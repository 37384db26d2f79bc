// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.campaign.CampaignManifest;
import dev.cutover.config.campaign.CampaignManifest.Completion;
import dev.cutover.config.campaign.CampaignManifest.FailedTenant;
import dev.cutover.config.campaign.CampaignManifest.GateSide;
import dev.cutover.config.campaign.CampaignManifest.Wave;
import dev.cutover.proxy.control.refusal.BusyException;
import dev.cutover.proxy.control.store.JointFlips;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a tenant of a campaign does next. Asks nobody and changes nothing: it follows from the tenant's row and from what was seen.
 *
 * <pre>
 * WAITING -> MOVING -> BAKING -> DONE -> COMPLETING -> COMPLETED
 *              |          |                  |
 *              |          +-> GOING_BACK     +-> FAILED_THERE
 *              v                  v
 *            FAILED            FAILED, or FAILED_THERE if it cannot
 * </pre>
 *
 * A verb that is repeated says so and does nothing, so that a step may be asked for again after its proxy has died.
 */
final class Steps {
    /** So often a step may fail. */
    static final int MOST_ATTEMPTS = 3;

    private static final Duration PAUSE = Duration.ofSeconds(2);
    /** How often the gates of a tenant that bakes are asked. */
    static final Duration GATES_EVERY = Duration.ofSeconds(5);

    private final CampaignManifest manifest;
    private final CampaignStatus.State campaign;
    private final Instant now;

    /** @param now by the control database's clock */
    Steps(CampaignManifest manifest, CampaignStatus.State campaign, Instant now) {
        this.manifest = manifest;
        this.campaign = campaign;
        this.now = now;
    }

    /** What is to be done. */
    sealed interface Next {}

    /** Nothing yet. */
    record Rest() implements Next {}

    /** The row changes, and nothing else. */
    record Save(Move move) implements Next {}

    /** The row's step is asked for. */
    record Ask(Move move) implements Next {}

    /** Gates are asked; then {@link #passed} or {@link #gateFailed} follows. */
    record Gates(Move move, GateSide side) implements Next {}

    /** The next act of a tenant whose step is not running. */
    Next next(Move move) {
        if (now.isBefore(move.nextAt())) {
            return new Rest();
        }
        if (campaign == CampaignStatus.State.CANCELLING && move.state() != State.GOING_BACK) {
            return new Save(cancelled(move));
        }
        return switch (move.state()) {
            case MOVING ->
                !begins(move) || flipsWithItsWave(move)
                        ? new Rest()
                        : move.step() == VerbName.FLIP ? new Gates(move, GateSide.IDLE) : new Ask(move);
            case BAKING -> new Gates(move, GateSide.SERVING);
            case DONE -> completes(move) ? new Ask(move.to(State.COMPLETING, VerbName.COMPLETE)) : new Rest();
            case COMPLETING -> runs() ? new Ask(move) : new Rest();
            case GOING_BACK -> new Ask(move);
            case WAITING, COMPLETED, FAILED, FAILED_THERE, CANCELLED -> new Rest();
        };
    }

    private boolean runs() {
        return campaign == CampaignStatus.State.RUNNING;
    }

    /** Whether the tenant may begin or flip now. */
    boolean begins(Move move) {
        Wave wave = manifest.waves().get(move.wave());
        boolean counts =
                move.state() == State.WAITING || move.step() == VerbName.FLIP || move.step() == VerbName.MIGRATE;
        return runs() && (!counts || wave.window() == null || wave.window().contains(now));
    }

    private boolean flipsWithItsWave(Move move) {
        return move.step() == VerbName.FLIP && manifest.waves().get(move.wave()).atomic();
    }

    /** Another tenant of its atomic wave does not flip, so this one does not, either. */
    Move leftBehind(Move move, Move failed) {
        return move.because("the wave is atomic, and " + failed.tenant()
                        + " has not flipped; continue by hand, or abort it")
                .ended(State.CANCELLED, now);
    }

    private boolean completes(Move move) {
        Completion completion = manifest.completion();
        return runs()
                && completion != null
                && move.bakedAt() != null
                && !now.isBefore(move.bakedAt().plus(completion.after()));
    }

    private Move cancelled(Move move) {
        return switch (move.state()) {
            case DONE -> move.ended(State.DONE, now);
            case BAKING ->
                move.because(
                                manifest.inPlace()
                                        ? "it has the new version: undo takes it back"
                                        : "the new side serves: complete it or roll it back by hand")
                        .ended(State.CANCELLED, now);
            case MOVING -> move.because("continue by hand, or abort it").ended(State.CANCELLED, now);
            case COMPLETING -> move.because("complete it by hand").ended(State.CANCELLED, now);
            default -> move.ended(State.CANCELLED, now);
        };
    }

    /** The tenant begins. */
    Move begun(Move move) {
        return move.to(State.MOVING, manifest.inPlace() ? VerbName.MIGRATE : VerbName.PREPARE);
    }

    /**
     * All gates of that side hold.
     *
     * @param bakesUntil when its wave will have been watched for long enough; null if tenants of it still move
     */
    Next passed(Move move, GateSide side, @Nullable Instant bakesUntil) {
        if (side == GateSide.IDLE) {
            return new Ask(move);
        }
        if (bakesUntil == null || now.isBefore(bakesUntil)) {
            return new Save(move.next(null, 0, null, now.plus(GATES_EVERY)));
        }
        Move baked = move.baked(now);
        return new Save(manifest.completion() == null ? baked.ended(State.DONE, now) : baked);
    }

    /** A gate does not hold. @param why which one, and its figure */
    Move gateFailed(Move move, String why) {
        if (move.state() == State.MOVING) {
            return move.because(why).ended(State.FAILED, now);
        }
        Move failed = move.because(why);
        return manifest.onFailure().tenant() == FailedTenant.KEEP
                ? failed.ended(State.FAILED_THERE, now)
                : failed.to(State.GOING_BACK, manifest.inPlace() ? VerbName.UNDO : VerbName.ROLLBACK);
    }

    /**
     * It is not known whether a gate holds. After the flip this is no reason to go back: the server may be failing over. The tenant is
     * watched until the gate answers.
     *
     * @param why who does not answer
     */
    Move gateUnknown(Move move, String why) {
        if (move.state() == State.BAKING) {
            return move.next(null, 0, why, now.plus(PAUSE));
        }
        int failed = move.attempts() + 1;
        return failed >= MOST_ATTEMPTS ? gateFailed(move, why) : move.next(move.step(), failed, why, now.plus(PAUSE));
    }

    /** The proxy that runs the campaign does not know the tenant: it was removed, or the configurations of the proxies differ. */
    Move notConfigured(Move move) {
        String why = "the tenant is not configured at the proxy that runs the campaign";
        int failed = move.attempts() + 1;
        if (failed < MOST_ATTEMPTS) {
            return move.next(move.step(), failed, why, now.plus(PAUSE));
        }
        return move.because(why).ended(move.flippedAt() == null ? State.FAILED : State.FAILED_THERE, now);
    }

    /**
     * The proxy that ran the step has died, or its record is lost: what it has reached is not known, so it is asked for again.
     *
     * @param flipped whether the new side serves, by the tenant's own row
     */
    Move lost(Move move, boolean flipped) {
        return flipped && move.step() == VerbName.FLIP
                ? move.flipped()
                : move.next(move.step(), move.attempts(), move.reason(), now);
    }

    /**
     * The step has ended.
     *
     * @param flipped whether the new side serves, by the tenant's own row
     */
    Move ended(Move move, Operation operation, boolean flipped) {
        VerbName step = Objects.requireNonNull(move.step(), "a step that has ended");
        if (operation.state() == Operation.State.SUCCEEDED) {
            return succeeded(move, step);
        }
        String why = step.label() + ": " + reason(operation);
        if (heldUp(operation)) {
            return move.next(step, move.attempts(), why, now.plus(PAUSE));
        }
        int failed = move.attempts() + 1;
        if (failed < MOST_ATTEMPTS) {
            // What a guardrail has refused may need another comparison.
            boolean again = step == VerbName.FLIP && operation.state() == Operation.State.REFUSED;
            Instant later = now.plus(PAUSE.multipliedBy(failed));
            return move.next(again ? VerbName.VERIFY : step, failed, why, later);
        }
        Move exhausted = move.because(why);
        return switch (move.state()) {
            case MOVING ->
                flipped && step == VerbName.FLIP
                        ? exhausted.flipped().because(why)
                        : exhausted.ended(State.FAILED, now);
            case GOING_BACK ->
                exhausted
                        .because(move.reason() + "; it could not go back: " + reason(operation))
                        .ended(flipped ? State.FAILED_THERE : State.FAILED, now);
            default -> exhausted.ended(State.FAILED_THERE, now);
        };
    }

    /**
     * Whether the step has not failed by itself. Another tenant of the wave has, or another verb runs: the tenant is recovered after its
     * proxy has died, say. Or a proxy of the fleet has not answered: it will, or its lease ends.
     */
    private static boolean heldUp(Operation operation) {
        List<Finding> blocking =
                operation.findings().stream().filter(Finding::blocking).toList();
        return operation.message().startsWith(JointFlips.FOR_ANOTHER)
                || BusyException.said(operation.message())
                || operation.state() == Operation.State.TIMED_OUT
                        && operation.blockers().isEmpty()
                || !blocking.isEmpty() && blocking.stream().allMatch(Finding::fromSilentProxy);
    }

    private Move succeeded(Move move, VerbName step) {
        return switch (step) {
            case PREPARE -> move.next(VerbName.MIRROR, 0, null, now);
            case MIRROR -> move.next(VerbName.BACKFILL, 0, null, now);
            case BACKFILL -> move.next(VerbName.VERIFY, 0, null, now);
            // A flip that was refused counts until one succeeds.
            case VERIFY -> move.next(VerbName.FLIP, move.attempts(), move.reason(), now);
            case FLIP, MIGRATE -> move.flipped();
            case ROLLBACK, UNDO -> move.ended(State.FAILED, now);
            case COMPLETE -> move.because(null).ended(State.COMPLETED, now);
            default -> throw new IllegalStateException(step + " is no step of a campaign");
        };
    }

    private static String reason(Operation operation) {
        return operation.findings().stream()
                .filter(Finding::blocking)
                .findFirst()
                .map(found -> found.guardrail() + ": " + found.finding())
                .orElse(operation.message());
    }

    /** Whether a tenant that now has this row counts as one more that has failed. */
    static boolean counts(Move before, Move after) {
        return !failed(before.state()) && failed(after.state());
    }

    private static boolean failed(State state) {
        return state == State.FAILED || state == State.FAILED_THERE || state == State.GOING_BACK;
    }
}
