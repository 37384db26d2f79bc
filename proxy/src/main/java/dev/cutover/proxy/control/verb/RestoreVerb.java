// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.SideRole;
import dev.cutover.config.adminapi.SnapshotInfo;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;

/** Makes the idle side's schema again from a snapshot of that side. The serving side is its clients'. */
public final class RestoreVerb implements Verb<VerbRequest.Restore> {
    @Override
    public String name() {
        return "restore";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Restore request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        String from = request.from();
        if (from == null) {
            throw new RefusedException("no snapshot is named; --from NAME does, and snapshots lists what there is");
        }
        Side idle = tenant.row().serving().other();
        if (request.side() == SideRole.SERVING) {
            throw new RefusedException("nothing is restored into the serving side "
                    + idle.other().label() + ", which clients use; restore into the idle side");
        }
        Phases.require(tenant, name(), Phase.STEADY);
        Phases.requireNoCleanup(tenant);
        SnapshotInfo snapshot = SideSnapshot.find(tenant, from, idle, listener.cancelled());
        if (request.clean()) {
            if (exists(tenant, idle)) {
                tenant.assertLead();
                DropSide.drop(tenant, idle);
                listener.changed("the schema of " + idle.label() + " was dropped");
            }
        } else {
            requireNoSchema(tenant, idle);
        }
        SideSnapshot.restore(tenant, snapshot, listener.cancelled());
        return new Outcome(idle.label() + " is as it was in snapshot " + snapshot.name());
    }

    private static void requireNoSchema(Tenant tenant, Side idle) throws RefusedException, SQLException {
        if (exists(tenant, idle)) {
            throw new RefusedException("the idle side " + idle.label() + " has a schema "
                    + tenant.movement().schema(idle) + "; drop it first with --clean if it is not needed");
        }
    }

    private static boolean exists(Tenant tenant, Side side) throws RefusedException, SQLException {
        TenantSides movement = tenant.movement();
        try (Connection connection = movement.database(side).getConnection()) {
            return CatalogReader.schemaExists(connection, movement.schema(side));
        }
    }
}
