// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.PreparedTransaction;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * No transaction that wrote the tenant's tables waits for its {@code COMMIT PREPARED}. Its client may commit it at any time,
 * also after the flip, and its rows and marks would then be on a side that nobody resyncs.
 *
 * <p>Between two databases none may wait that could be the tenant's, even if it wrote nothing: after the flip, the client's
 * {@code COMMIT PREPARED} would go to the other database, which does not know it.
 */
final class NoPreparedTransaction implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.NO_PREPARED_TRANSACTION;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        for (DataSource database : now.placement().databases()) {
            findings.addAll(prepared(now.plan(), database));
        }
        findings.addAll(
                leftBehind(now.plan(), now.placement(), now.config().sessions().users()));
        return findings;
    }

    /** @param users the roles that log in to the tenant; null for all */
    List<Finding> leftBehind(MirrorPlan plan, Placement placement, @Nullable List<String> users) throws SQLException {
        if (!(placement instanceof TwoDatabases two)) {
            return List.of();
        }
        List<Finding> findings = new ArrayList<>();
        try (Connection connection = two.serving().getConnection()) {
            Set<String> writers =
                    PreparedTransaction.writing(connection, plan.servingSchema(), plan.idleSchema()).stream()
                            .map(PreparedTransaction::gid)
                            .collect(Collectors.toSet());
            for (PreparedTransaction each : PreparedTransaction.leftIn(connection, plan.servingSchema())) {
                if (!writers.contains(each.gid()) && (users == null || users.contains(each.owner()))) {
                    findings.add(found(
                            each,
                            connection.getCatalog(),
                            "; it wrote none of the tenant's tables, but after the flip its COMMIT PREPARED would reach another"
                                    + " database"));
                }
            }
        }
        return findings;
    }

    List<Finding> prepared(MirrorPlan plan, DataSource database) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Connection connection = database.getConnection()) {
            for (PreparedTransaction each :
                    PreparedTransaction.writing(connection, plan.servingSchema(), plan.idleSchema())) {
                findings.add(found(each, connection.getCatalog(), " and locks " + each.tables()));
            }
        }
        return findings;
    }

    private Finding found(PreparedTransaction prepared, String database, String consequence) {
        String gid = SqlText.literal(prepared.gid());
        return blocking(
                "transaction " + gid + " of " + prepared.owner() + " has been prepared in database " + database
                        + " since " + prepared.since() + consequence,
                "end it there: COMMIT PREPARED " + gid + ", or ROLLBACK PREPARED " + gid);
    }
}
