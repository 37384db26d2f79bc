// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.tenant.Tenant;
import java.util.Arrays;
import java.util.stream.Collectors;

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
