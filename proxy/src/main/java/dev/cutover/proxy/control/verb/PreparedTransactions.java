// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.proxy.control.guardrail.Guardrails;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.util.List;

/** Transactions of the tenant that wait for COMMIT PREPARED: they are not over, though no session runs them. */
public final class PreparedTransactions {
    private PreparedTransactions() {}

    /** @throws RefusedException naming those of the serving side's database that wrote the tenant's tables */
    static void refuseOnServing(ActiveMirror mirroring, String verb) throws RefusedException, SQLException {
        refuse(
                Guardrails.preparedTransactions(
                        mirroring.plan(), mirroring.placement().serving()),
                verb);
    }

    /** The same for a flip, which parts a client from a transaction that it prepared in another database. */
    static void refuseOnFlip(Tenant tenant, String verb) throws RefusedException, SQLException {
        ActiveMirror mirroring = tenant.requireMirroring();
        refuseOnServing(mirroring, verb);
        refuse(
                Guardrails.transactionsLeftBehind(
                        mirroring.plan(),
                        mirroring.placement(),
                        tenant.config().sessions().users()),
                verb);
    }

    /** The same for the idle side's database. A server that does not answer stops nobody who leaves that side. */
    static void refuseOnIdle(ActiveMirror mirroring, String verb) throws RefusedException, SQLException {
        List<Finding> findings;
        try {
            findings = Guardrails.preparedTransactions(
                    mirroring.plan(), mirroring.placement().idle());
        } catch (SQLException e) {
            if (Transactions.serverGone(e)) {
                return;
            }
            throw e;
        }
        refuse(findings, verb);
    }

    private static void refuse(List<Finding> findings, String verb) throws RefusedException {
        if (!findings.isEmpty()) {
            Finding first = findings.get(0);
            throw new RefusedException(
                    "a prepared transaction refuses the " + verb + ": " + first.finding() + "; " + first.remedy(),
                    findings);
        }
    }
}
