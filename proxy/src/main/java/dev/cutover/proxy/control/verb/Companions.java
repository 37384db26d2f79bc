// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.proxy.control.maintenance.Use;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;

/** The tenants that flip at the same instant as this one, if any: what a flip waits for beside its own tenant. */
interface Companions {
    /** The places of maintenance connections that the hold takes. */
    Use use();

    /** How often a hold is tried. */
    int holds();

    /** The tenant could flip. Returns when all could. */
    void awaitReady() throws RefusedException, SQLException, InterruptedException;

    /**
     * The instant of the flip.
     *
     * @param next what the tenant's row becomes
     * @throws SQLException if it has not come, or nobody knows; the tenant is {@link Tenant#doubtful} then
     * @throws RefusedException if another tenant is why it does not come
     */
    void commit(TenantRecord next) throws RefusedException, SQLException, InterruptedException;

    /** This tenant does not flip; so no other one does, unless all have flipped already. */
    void cancel(String reason);
}
