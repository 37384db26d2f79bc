// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control;

import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.proxy.control.doctor.Doctor;
import dev.cutover.proxy.control.operation.Operations;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.verb.BackfillVerb;
import dev.cutover.proxy.control.verb.BaselineVerb;
import dev.cutover.proxy.control.verb.CheckVerb;
import dev.cutover.proxy.control.verb.EndVerb;
import dev.cutover.proxy.control.verb.FlipVerb;
import dev.cutover.proxy.control.verb.MigrateVerb;
import dev.cutover.proxy.control.verb.MirrorVerb;
import dev.cutover.proxy.control.verb.PrepareVerb;
import dev.cutover.proxy.control.verb.RestoreVerb;
import dev.cutover.proxy.control.verb.ResyncVerb;
import dev.cutover.proxy.control.verb.SnapshotVerb;
import dev.cutover.proxy.control.verb.TransformVerb;
import dev.cutover.proxy.control.verb.UndoVerb;
import dev.cutover.proxy.control.verb.Verb;
import dev.cutover.proxy.control.verb.VerifyVerb;

/**
 * A verb that an operator can ask for.
 *
 * @param type of its requests
 */
record OfferedVerb<R extends VerbRequest>(VerbName name, Class<R> type, Verb<R> verb) {
    static OfferedVerb<?> of(VerbName name) {
        return switch (name) {
            case BASELINE -> new OfferedVerb<>(name, VerbRequest.Baseline.class, new BaselineVerb());
            case PREPARE -> new OfferedVerb<>(name, VerbRequest.Prepare.class, new PrepareVerb());
            case MIRROR -> new OfferedVerb<>(name, VerbRequest.Mirror.class, new MirrorVerb());
            case BACKFILL -> new OfferedVerb<>(name, VerbRequest.Backfill.class, BackfillVerb.asked());
            case VERIFY -> new OfferedVerb<>(name, VerbRequest.Verify.class, new VerifyVerb());
            case RESYNC -> new OfferedVerb<>(name, VerbRequest.Resync.class, new ResyncVerb());
            case FLIP -> new OfferedVerb<>(name, VerbRequest.Switch.class, FlipVerb.out());
            case ROLLBACK -> new OfferedVerb<>(name, VerbRequest.Switch.class, FlipVerb.back());
            case COMPLETE -> new OfferedVerb<>(name, VerbRequest.Complete.class, EndVerb.complete());
            case ABORT -> new OfferedVerb<>(name, VerbRequest.Plain.class, EndVerb.abort());
            case CHECK -> new OfferedVerb<>(name, VerbRequest.Plain.class, new CheckVerb());
            case DOCTOR -> new OfferedVerb<>(name, VerbRequest.Plain.class, new Doctor());
            case MIGRATE -> new OfferedVerb<>(name, VerbRequest.Migrate.class, new MigrateVerb());
            case UNDO -> new OfferedVerb<>(name, VerbRequest.Undo.class, new UndoVerb());
            case TRANSFORM -> new OfferedVerb<>(name, VerbRequest.Transform.class, new TransformVerb());
            case SNAPSHOT -> new OfferedVerb<>(name, VerbRequest.Snapshot.class, new SnapshotVerb());
            case RESTORE -> new OfferedVerb<>(name, VerbRequest.Restore.class, new RestoreVerb());
        };
    }

    /** Starts it; the verb alone is a request for each. */
    Operation start(Operations operations, Tenant tenant, VerbRequest request, String actor) throws RefusedException {
        VerbRequest asked = request == VerbRequest.PLAIN ? name.plain() : request;
        if (!type.isInstance(asked)) {
            throw new RefusedException(name.label() + " does not take a request for "
                    + asked.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
        }
        return operations.start(tenant, verb, type.cast(asked), actor);
    }
}
