// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's row in the control database.
 *
 * @param switchingFrom in SWITCHING, the phase that an interrupted flip is undone to
 * @param token begins every mirrored statement's text; set from the start of mirroring to its end
 * @param pendingWork what a restart takes up again
 * @param transitionSchema where the last prepare or mirror put the tenant's marks and progress
 * @param mapping the one that the transition began with; null if none is under way, or it began before this was recorded
 * @param lastEnd what the last of the verbs that choose the serving side, or end a transition, was; null from prepare to the first of them
 * @param held whether every proxy's gate is closed, outside of SWITCHING too
 * @param leader the proxy that runs the tenant's operations and resync; null if none does
 * @param revision the row's version, for compare-and-set
 */
public record TenantRecord(
        String tenant,
        Phase phase,
        Side serving,
        long epoch,
        @Nullable Phase switchingFrom,
        @Nullable String token,
        @Nullable PendingWork pendingWork,
        Verified verified,
        String transitionSchema,
        @Nullable Mapping mapping,
        @Nullable LastEnd lastEnd,
        boolean held,
        @Nullable String leader,
        long revision) {

    public enum PendingWork {
        BACKFILL,
        /** Removing the net, the marks and the parking after complete or abort. */
        CLEANUP,
        /** Proving the foreign keys that a flip, or one that was undone, has put on the side that serves. */
        VALIDATION
    }

    /** How a transition, or a part of it, has ended. */
    public enum LastEnd {
        FLIP,
        ROLLBACK,
        COMPLETE,
        ABORT
    }

    /**
     * The last verification since mirroring began.
     *
     * @param at null if there was none
     * @param incarnation that of the servers that it, or one that was interrupted since, began with
     */
    public record Verified(
            long rows,
            long mismatches,
            @Nullable Instant at,
            @Nullable String incarnation) {
        public static final Verified NEVER = new Verified(0, 0, null, null);
    }

    public static TenantRecord initial(String tenant) {
        return new TenantRecord(
                tenant,
                Phase.STEADY,
                Side.BLUE,
                1,
                null,
                null,
                null,
                Verified.NEVER,
                MaintenanceConfig.DEFAULT_SCHEMA,
                null,
                null,
                false,
                null,
                0);
    }

    /** @throws IllegalStateException if that phase cannot follow the one that it has */
    public TenantRecord withPhase(Phase next) {
        requireSuccessor(next);
        return with(copy -> {
            copy.phase = next;
            copy.switchingFrom = null;
            copy.lastEnd = endedBy(next);
        });
    }

    private @Nullable LastEnd endedBy(Phase next) {
        return switch (next) {
            case PREPARED -> null;
            case REVERSIBLE -> switchingFrom == Phase.READY ? LastEnd.FLIP : lastEnd;
            case READY -> switchingFrom == Phase.REVERSIBLE ? LastEnd.ROLLBACK : lastEnd;
            case STEADY ->
                phase == Phase.STEADY ? lastEnd : phase == Phase.REVERSIBLE ? LastEnd.COMPLETE : LastEnd.ABORT;
            case MIRRORING, SWITCHING -> lastEnd;
        };
    }

    /** In SWITCHING, out of the phase that it has. */
    public TenantRecord switching() {
        requireSuccessor(Phase.SWITCHING);
        return with(copy -> {
            copy.phase = Phase.SWITCHING;
            copy.switchingFrom = phase;
        });
    }

    public TenantRecord withRoute(Side nextServing, long nextEpoch) {
        return with(copy -> {
            copy.serving = nextServing;
            copy.epoch = nextEpoch;
        });
    }

    public TenantRecord withToken(@Nullable String next) {
        return with(copy -> copy.token = next);
    }

    public TenantRecord withPendingWork(@Nullable PendingWork next) {
        return with(copy -> copy.pendingWork = next);
    }

    public TenantRecord withVerification(Verified next) {
        return with(copy -> copy.verified = next);
    }

    TenantRecord withRevision(long next) {
        return with(copy -> copy.revision = next);
    }

    public TenantRecord withTransitionSchema(String next) {
        return with(copy -> copy.transitionSchema = next);
    }

    public TenantRecord withMapping(@Nullable Mapping next) {
        return with(copy -> copy.mapping = next);
    }

    /** Every proxy is to close the tenant's gate, or may open it. */
    public TenantRecord withHeld(boolean next) {
        return with(copy -> copy.held = next);
    }

    /** Whether no transaction of the tenant may begin now, at any proxy. */
    public boolean closed() {
        return held || phase == Phase.SWITCHING;
    }

    private void requireSuccessor(Phase next) {
        if (next != phase && !phase.successors().contains(next)) {
            throw new IllegalStateException("tenant " + tenant + ": " + next + " cannot follow " + phase);
        }
    }

    private TenantRecord with(Consumer<Copy> change) {
        Copy copy = new Copy(this);
        change.accept(copy);
        return copy.made();
    }

    /** The next record, before it is made. */
    private static final class Copy {
        private final String tenant;
        private Phase phase;
        private Side serving;
        private long epoch;
        private @Nullable Phase switchingFrom;
        private @Nullable String token;
        private @Nullable PendingWork pendingWork;
        private Verified verified;
        private String transitionSchema;
        private @Nullable Mapping mapping;
        private @Nullable LastEnd lastEnd;
        private boolean held;
        private final @Nullable String leader;
        private long revision;

        Copy(TenantRecord from) {
            tenant = from.tenant;
            phase = from.phase;
            serving = from.serving;
            epoch = from.epoch;
            switchingFrom = from.switchingFrom;
            token = from.token;
            pendingWork = from.pendingWork;
            verified = from.verified;
            transitionSchema = from.transitionSchema;
            mapping = from.mapping;
            lastEnd = from.lastEnd;
            held = from.held;
            leader = from.leader;
            revision = from.revision;
        }

        TenantRecord made() {
            return new TenantRecord(
                    tenant,
                    phase,
                    serving,
                    epoch,
                    switchingFrom,
                    token,
                    pendingWork,
                    verified,
                    transitionSchema,
                    mapping,
                    lastEnd,
                    held,
                    leader,
                    revision);
        }
    }
}
