// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.schema.Parking;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Foreign keys and user triggers: the side that serves has them; an idle side that is written has not. */
public final class ExamineParking implements Examination {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);

    @Override
    public String name() {
        return "constraints";
    }

    @Override
    public List<Symptom> examine(DoctorContext patient) throws SQLException {
        List<Symptom> symptoms = new ArrayList<>();
        if (patient.awaitsCleanup()) {
            return symptoms;
        }
        Side serving = patient.recorded().serving();
        boolean idleIsWritten = patient.mirrors();
        for (DoctorContext.Place place : patient.placesWithTransition()) {
            try (Connection connection = place.database().getConnection()) {
                for (Side side : place.sides()) {
                    boolean mayBeParked = side != serving && patient.recorded().phase() != Phase.STEADY;
                    if (!mayBeParked) {
                        parked(patient, place, connection, side, symptoms);
                    } else if (idleIsWritten) {
                        unparked(patient, place, connection, side, symptoms);
                    }
                }
            }
        }
        return symptoms;
    }

    private void parked(
            DoctorContext patient, DoctorContext.Place place, Connection connection, Side side, List<Symptom> symptoms)
            throws SQLException {
        Parking parking = new Parking(patient.transition(), patient.tenant().name());
        List<String> parked = parking.parked(connection, side);
        if (!parked.isEmpty()) {
            Transactions.Steps restore = transaction -> parking.restore(transaction, side);
            symptoms.add(curable(
                    place.name(),
                    "parked on " + side.label() + ", which "
                            + (side == patient.recorded().serving() ? "serves: " : "nobody mirrors to: ")
                            + String.join(", ", parked),
                    "foreign keys do not hold there and triggers do not run",
                    "puts them back",
                    listener -> Transactions.once(place.database(), LOCK_TIMEOUT, restore.asWork())));
        }
    }

    private void unparked(
            DoctorContext patient, DoctorContext.Place place, Connection connection, Side side, List<Symptom> symptoms)
            throws SQLException {
        String schema = patient.schema(side);
        List<String> there = Parking.unparked(connection, schema);
        if (!there.isEmpty()) {
            Transactions.Steps park = transaction ->
                    new Parking(patient.transition(), patient.tenant().name()).park(transaction, side, schema);
            symptoms.add(curable(
                    place.name(),
                    "not parked on " + side.label() + ", which is mirrored to: " + String.join(", ", there),
                    "the idle side refuses rows that come before their parents, and does a second time what triggers have"
                            + " done on the serving side",
                    "parks them; run verify afterwards",
                    listener -> Transactions.once(place.database(), LOCK_TIMEOUT, park.asWork())));
        }
    }
}
