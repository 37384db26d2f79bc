// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Mapping;
import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.FlipResult;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.dualwrite.schema.migration.MigrationTools;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.store.TenantRecord.LastEnd;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import dev.cutover.proxy.control.verb.Verb.Outcome;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers verbs that were repeated: the tenant already is as they ask, so nothing is done. */
final class Repeated {
    private Repeated() {}

    /** What a repeated verb says; null if the tenant is not as the verb asks. */
    static @Nullable Outcome outcome(Tenant tenant, VerbName verb)
            throws RefusedException, SQLException, InterruptedException {
        TenantRecord row = tenant.row();
        if (row.pendingWork() == PendingWork.CLEANUP || !reached(row, verb) || !current(tenant, verb)) {
            return null;
        }
        // The row may be out of date: another proxy leads the tenant, if this one was stopped for long.
        tenant.assertLead();
        String message = "nothing to do: tenant " + tenant.name() + " is " + row.phase() + ", "
                + row.serving().label() + " serves";
        boolean moves = verb == VerbName.FLIP || verb == VerbName.ROLLBACK;
        FlipResult result = moves ? new FlipResult(row.epoch(), row.serving(), 0, 0, 0) : null;
        return new Outcome(message, result, List.of(), List.of());
    }

    private static boolean reached(TenantRecord row, VerbName verb) {
        Phase phase = row.phase();
        boolean mirrors = phase == Phase.MIRRORING || phase == Phase.READY;
        return switch (verb) {
            case PREPARE, MIRROR -> mirrors || phase == Phase.REVERSIBLE;
            case BACKFILL, FLIP -> phase == Phase.REVERSIBLE;
            case ROLLBACK -> mirrors && row.lastEnd() == LastEnd.ROLLBACK;
            case COMPLETE -> phase == Phase.STEADY && row.lastEnd() == LastEnd.COMPLETE;
            case ABORT -> phase == Phase.STEADY && row.lastEnd() != LastEnd.COMPLETE;
            default -> false;
        };
    }

    /**
     * Whether the transition that is under way is the one that the verb asks for. It is an earlier one if the configuration has migrations
     * that the new side does not have, or another mapping.
     */
    private static boolean current(Tenant tenant, VerbName verb)
            throws RefusedException, SQLException, InterruptedException {
        if (!tenant.phase().mirroring() || verb == VerbName.ROLLBACK) {
            return true;
        }
        TenantRecord row = tenant.row();
        Mapping recorded = row.mapping();
        if (recorded != null && !recorded.equals(tenant.config().mapping())) {
            return false;
        }
        MigrationsConfig migrations = tenant.config().migrations();
        if (migrations == null) {
            return true;
        }
        Side migrated =
                row.phase() == Phase.REVERSIBLE ? row.serving() : row.serving().other();
        TenantSides movement = tenant.movement();
        return MigrationTools.of(migrations)
                .problems(movement.database(migrated), movement.schema(migrated))
                .isEmpty();
    }
}
