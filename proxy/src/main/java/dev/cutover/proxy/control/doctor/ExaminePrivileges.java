// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.database.TransitionGrants;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** No role but the owner has a right on the schema {@code cutover} that it does not need. */
public final class ExaminePrivileges implements Examination {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);

    @Override
    public String name() {
        return "privileges";
    }

    @Override
    public List<Symptom> examine(DoctorContext patient) throws SQLException {
        List<Symptom> symptoms = new ArrayList<>();
        for (DoctorContext.Place place : patient.placesWithTransition()) {
            try (Connection connection = place.database().getConnection()) {
                for (TransitionGrants.Excess excess :
                        TransitionGrants.find(connection, patient.transition().name())) {
                    String where = place.name() + ", " + excess.object();
                    String finding = "the role " + excess.role() + " has " + excess.privileges();
                    String consequence = "it may reach other tenants' marks and keys, or the maintenance role's rights";
                    symptoms.add(
                            excess.revocable()
                                    ? curable(
                                            where,
                                            finding,
                                            consequence,
                                            "revokes it",
                                            listener -> revoke(place, excess))
                                    : incurable(
                                            where,
                                            finding,
                                            consequence,
                                            "as the owner, run " + String.join("; ", excess.revoke())));
                }
            }
        }
        return symptoms;
    }

    private static void revoke(DoctorContext.Place place, TransitionGrants.Excess excess) throws SQLException {
        Transactions.Steps steps = connection -> Rows.execute(connection, excess.revoke());
        Transactions.once(place.database(), LOCK_TIMEOUT, steps.asWork());
    }
}
