// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.SideRole;
import dev.cutover.config.adminapi.SnapshotInfo;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;

/** Takes a snapshot of one side's schema. While a tenant mirrors, that would hold the net and lack what is parked. */
public final class SnapshotVerb implements Verb<VerbRequest.Snapshot> {
    @Override
    public String name() {
        return "snapshot";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Snapshot request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Side serving = tenant.row().serving();
        boolean servingSide = request.side() != SideRole.IDLE;
        if (servingSide) {
            Phases.require(tenant, name(), Phase.STEADY, Phase.PREPARED);
        } else {
            Phases.require(tenant, name() + " of the idle side", Phase.STEADY);
        }
        Phases.requireNoCleanup(tenant);
        Side side = servingSide ? serving : serving.other();
        SnapshotInfo taken = SideSnapshot.take(tenant, side, listener.cancelled());
        return new Outcome("snapshot " + taken.name() + " of " + side.label() + ", " + taken.bytes()
                + " bytes; pg_restore has read all of it, and restored nothing");
    }
}
