// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.maintenance.Use;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.JointFlips;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tenant flips with all others of a joint flip, or none of them does. */
record JointCompanions(Tenant tenant, String joint) implements Companions {
    private static final Logger LOG = LoggerFactory.getLogger(JointCompanions.class);
    /** What a tenant needs between its drain and its commit, and some more. */
    private static final Duration BEYOND_DRAIN = Duration.ofSeconds(5);

    @Override
    public Use use() {
        return Use.JOINT_FLIP;
    }

    /** Other tenants' clients are held meanwhile: the whole is tried again. */
    @Override
    public int holds() {
        return 1;
    }

    @Override
    public void awaitReady() throws RefusedException, SQLException, InterruptedException {
        require(tenant.readyJointly(joint));
    }

    @Override
    public void commit(TenantRecord next) throws RefusedException, SQLException, InterruptedException {
        Duration patience = tenant.config().drainTimeout().plus(BEYOND_DRAIN);
        try {
            require(tenant.saveJointly(joint, next, patience));
        } catch (SQLException e) {
            if (!tenant.doubtful()) {
                throw e;
            }
            LOG.warn("outcome of the joint flip unknown, asking again tenant={}", tenant.name());
            if (!tenant.cancelJointly(joint, OneLine.of(e))) {
                throw e;
            }
        }
    }

    private void require(JointFlips.Verdict verdict) throws RefusedException {
        if (verdict.cancelled()) {
            String prefix = tenant.name().equals(verdict.culprit()) ? "" : JointFlips.FOR_ANOTHER;
            throw new RefusedException(prefix + "tenant " + verdict.culprit() + " cannot flip with the others: "
                    + verdict.reason() + "; nothing has changed");
        }
    }

    @Override
    public void cancel(String reason) {
        try {
            tenant.cancelJointly(joint, reason);
        } catch (SQLException e) {
            // The others wait until their time is over.
            LOG.warn("the joint flip is not cancelled tenant={} reason={}", tenant.name(), OneLine.of(e));
        }
    }
}
