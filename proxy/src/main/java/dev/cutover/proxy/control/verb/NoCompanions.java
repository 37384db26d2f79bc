// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.proxy.control.maintenance.Use;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tenant flips for itself. */
record NoCompanions(Tenant tenant) implements Companions {
    private static final Logger LOG = LoggerFactory.getLogger(NoCompanions.class);
    private static final int HOLDS = 5;

    @Override
    public Use use() {
        return Use.OPERATION;
    }

    @Override
    public int holds() {
        return HOLDS;
    }

    @Override
    public void awaitReady() {
        // Nobody else has to be.
    }

    /**
     * Where the control database's answer is lost, its row tells what holds. While it does not answer that either, neither side may be
     * written: transactions stay held until recovery knows.
     */
    @Override
    public void commit(TenantRecord next) throws SQLException {
        try {
            tenant.save(next);
        } catch (SQLException e) {
            if (!tenant.doubtful()) {
                throw e;
            }
            LOG.warn("outcome of the flip unknown, asking again tenant={}", tenant.name());
            tenant.reload();
            if (tenant.row().serving() != next.serving()) {
                throw e;
            }
        }
    }

    @Override
    public void cancel(String reason) {
        // Nobody waits.
    }
}
