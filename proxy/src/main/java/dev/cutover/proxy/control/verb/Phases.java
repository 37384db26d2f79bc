// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.verb.Verb.Outcome;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which verb is allowed in which phase. */
public final class Phases {
    private Phases() {}

    static void require(Tenant tenant, String verb, Phase... allowed) throws RefusedException {
        Phase phase = tenant.phase();
        if (!Arrays.asList(allowed).contains(phase)) {
            throw new RefusedException("tenant " + tenant.name() + " is " + phase + "; " + verb + " needs "
                    + Arrays.stream(allowed).map(Phase::name).collect(Collectors.joining(" or ")) + next(phase));
        }
    }

    /** What complete or abort began must be finished before anything new starts. */
    static void requireNoCleanup(Tenant tenant) throws RefusedException {
        if (tenant.row().pendingWork() == PendingWork.CLEANUP) {
            throw new RefusedException(
                    "the clean-up of tenant " + tenant.name() + " is not finished; run complete or abort again");
        }
    }

    /** The outcome of a verb that was repeated: the tenant is already as it asks. Null if it is not. */
    static @Nullable Outcome already(Tenant tenant, VerbName verb) {
        Phase phase = tenant.phase();
        TenantRecord row = tenant.row();
        boolean reached =
                switch (verb) {
                    case PREPARE, MIRROR ->
                        phase == Phase.MIRRORING || phase == Phase.READY || phase == Phase.REVERSIBLE;
                    case BACKFILL, FLIP -> phase == Phase.REVERSIBLE;
                    case ROLLBACK -> phase == Phase.MIRRORING || phase == Phase.READY;
                    case COMPLETE -> phase == Phase.STEADY && row.completed();
                    case ABORT -> phase == Phase.STEADY && !row.completed();
                    default -> false;
                };
        return reached && row.pendingWork() != PendingWork.CLEANUP
                ? new Outcome("nothing to do: tenant " + tenant.name() + " is " + phase + ", "
                        + row.serving().label() + " serves")
                : null;
    }

    private static String next(Phase phase) {
        return switch (phase) {
            case STEADY -> " (next: prepare)";
            case PREPARED -> " (next: mirror)";
            case MIRRORING -> " (next: backfill, then verify)";
            case READY -> " (next: flip)";
            case SWITCHING -> " (a flip is under way)";
            case REVERSIBLE -> " (next: complete, or rollback)";
        };
    }
}
