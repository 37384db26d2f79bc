// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.Marks;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Marks and progress are there for tenants that mirror. */
public final class ExamineLeftovers implements Examination {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);

    private static final String ROWS = "SELECT 'dirty_key', tenant, count(*) FROM %1$s.dirty_key GROUP BY tenant"
            + " UNION ALL SELECT 'backfill', tenant, count(*) FROM %1$s.backfill GROUP BY tenant"
            + " UNION ALL SELECT 'parked', tenant, count(*) FROM %1$s.parked GROUP BY tenant ORDER BY 1, 2";

    @Override
    public String name() {
        return "leftovers";
    }

    private record Kept(String table, String tenant, long rows) {}

    @Override
    public List<Symptom> examine(DoctorContext patient) throws SQLException {
        List<Symptom> symptoms = new ArrayList<>();
        for (DoctorContext.Place place : patient.placesWithTransition()) {
            try (Connection connection = place.database().getConnection()) {
                List<Kept> kept = Rows.query(
                        connection,
                        ROWS.formatted(patient.transition().name()),
                        row -> new Kept(row.getString(1), row.getString(2), row.getLong(3)));
                for (Kept one : kept) {
                    boolean own = one.tenant().equals(patient.tenant().name());
                    if (!patient.known().contains(one.tenant())) {
                        symptoms.add(unknown(patient, place, one));
                    } else if (own && !one.table().equals("parked") && !patient.mirrors() && !patient.awaitsCleanup()) {
                        symptoms.add(own(patient, place, one));
                    }
                }
            }
        }
        return symptoms;
    }

    private Symptom own(DoctorContext patient, DoctorContext.Place place, Kept kept) {
        String tenant = patient.tenant().name();
        Transactions.Steps clear = connection -> {
            new Marks(patient.transition(), tenant).clear(connection);
            Backfill.clear(connection, patient.transition(), tenant);
        };
        return curable(
                place.name() + ", " + patient.transition().table(kept.table()),
                kept.rows() + " row(s) of a tenant that does not mirror",
                "they are left of a transition and of no use to the next one",
                "deletes them",
                listener -> Transactions.once(place.database(), LOCK_TIMEOUT, clear.asWork()));
    }

    private Symptom unknown(DoctorContext patient, DoctorContext.Place place, Kept kept) {
        return incurable(
                place.name() + ", " + patient.transition().table(kept.table()),
                kept.rows() + " row(s) of tenant " + kept.tenant() + ", which the control database does not know",
                kept.table().equals("parked")
                        ? "its foreign keys and triggers are off, and only these rows tell what they were"
                        : "nobody reads them, and they grow if its net is still there",
                "if no other control database knows the tenant, its transition was lost: put back what is parked, then delete"
                        + " its rows");
    }
}
