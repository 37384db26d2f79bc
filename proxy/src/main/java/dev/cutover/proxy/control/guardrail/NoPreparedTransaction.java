package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.control.Finding;
import dev.cutover.config.control.GuardrailName;
import dev.cutover.dualwrite.database.PreparedTransaction;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * No transaction that wrote the tenant's tables waits for its {@code COMMIT PREPARED}. Its client may commit it at any time,
 * also after the flip, and its rows and marks would then be on a side that nobody resyncs.
 */
final class NoPreparedTransaction implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.NO_PREPARED_TRANSACTION;
    }

    @Override
    public List<Finding> check(Situation now, Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        for (DataSource database : now.placement().databases()) {
            findings.addAll(prepared(now.plan(), database));
        }
        return findings;
    }

    List<Finding> prepared(MirrorPlan plan, DataSource database) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        try (Connection connection = database.getConnection()) {
            for (PreparedTransaction each :
                    PreparedTransaction.writing(connection, plan.servingSchema(), plan.idleSchema())) {
                findings.add(found(each, connection.getCatalog()));
            }
        }
        return findings;
    }

    private Finding found(PreparedTransaction prepared, String database) {
        String gid = SqlText.literal(prepared.gid());
        return blocking(
                "transaction " + gid + " of " + prepared.owner() + " has been prepared in database " + database
                        + " since " + prepared.since() + " and locks " + prepared.tables(),
                "end it there: COMMIT PREPARED " + gid + ", or ROLLBACK PREPARED " + gid);
    }
}
