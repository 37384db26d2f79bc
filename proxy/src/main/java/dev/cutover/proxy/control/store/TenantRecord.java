package dev.cutover.proxy.control.store;

import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's row in the control database.
 *
 * @param switchingFrom in SWITCHING, the phase that an interrupted flip is undone to
 * @param token begins every mirrored statement's text; set from the start of mirroring to its end
 * @param pendingWork what a restart takes up again
 * @param transitionSchema where the last prepare or mirror put the tenant's marks and progress
 * @param mapping the one that the transition began with; null if none is under way, or it began before this was recorded
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
        long revision) {

    public enum PendingWork {
        BACKFILL,
        /** Removing the net, the marks and the parking after complete or abort. */
        CLEANUP,
        /** Proving the foreign keys that a flip, or one that was undone, has put on the side that serves. */
        VALIDATION
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
                0);
    }

    public TenantRecord withPhase(Phase next) {
        return new TenantRecord(
                tenant, next, serving, epoch, null, token, pendingWork, verified, transitionSchema, mapping, revision);
    }

    public TenantRecord switching() {
        return new TenantRecord(
                tenant,
                Phase.SWITCHING,
                serving,
                epoch,
                phase,
                token,
                pendingWork,
                verified,
                transitionSchema,
                mapping,
                revision);
    }

    public TenantRecord withRoute(Side nextServing, long nextEpoch) {
        return new TenantRecord(
                tenant,
                phase,
                nextServing,
                nextEpoch,
                switchingFrom,
                token,
                pendingWork,
                verified,
                transitionSchema,
                mapping,
                revision);
    }

    public TenantRecord withToken(@Nullable String next) {
        return new TenantRecord(
                tenant,
                phase,
                serving,
                epoch,
                switchingFrom,
                next,
                pendingWork,
                verified,
                transitionSchema,
                mapping,
                revision);
    }

    public TenantRecord withPendingWork(@Nullable PendingWork next) {
        return new TenantRecord(
                tenant,
                phase,
                serving,
                epoch,
                switchingFrom,
                token,
                next,
                verified,
                transitionSchema,
                mapping,
                revision);
    }

    public TenantRecord withVerification(Verified next) {
        return new TenantRecord(
                tenant,
                phase,
                serving,
                epoch,
                switchingFrom,
                token,
                pendingWork,
                next,
                transitionSchema,
                mapping,
                revision);
    }

    TenantRecord withRevision(long next) {
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
                next);
    }

    public TenantRecord withTransitionSchema(String next) {
        return new TenantRecord(
                tenant, phase, serving, epoch, switchingFrom, token, pendingWork, verified, next, mapping, revision);
    }

    public TenantRecord withMapping(@Nullable Mapping next) {
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
                next,
                revision);
    }
}
