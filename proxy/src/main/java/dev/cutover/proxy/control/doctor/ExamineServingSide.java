// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.schema.Sequences;
import dev.cutover.proxy.control.refusal.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** On the side that serves, what a flip brings is proved and complete: foreign keys, indexes, sequences. */
public final class ExamineServingSide implements Examination {
    private static final String INVALID_INDEXES = "SELECT i.indexrelid::regclass::text FROM pg_index i"
            + " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE n.nspname = ? AND c.relkind = 'i' AND NOT i.indisvalid ORDER BY 1";

    @Override
    public String name() {
        return "serving-side";
    }

    @Override
    public List<Symptom> examine(DoctorContext patient) throws SQLException {
        List<Symptom> symptoms = new ArrayList<>();
        for (DoctorContext.Place place : patient.places()) {
            try (Connection connection = place.database().getConnection()) {
                for (Side side : place.sides()) {
                    for (String index :
                            Rows.query(connection, INVALID_INDEXES, row -> row.getString(1), patient.schema(side))) {
                        symptoms.add(incurable(
                                place.name() + ", index " + index,
                                "the index of the " + side.label() + " side is not valid",
                                "queries do not use it, and a unique one does not prove what was there before",
                                "REINDEX INDEX CONCURRENTLY " + index + ", or drop it"));
                    }
                    if (side == patient.recorded().serving()) {
                        unproved(patient, place, connection, symptoms);
                        behind(patient, place, connection, symptoms);
                    }
                }
            }
        }
        return symptoms;
    }

    private void unproved(
            DoctorContext patient, DoctorContext.Place place, Connection connection, List<Symptom> symptoms)
            throws SQLException {
        String schema = patient.schema(patient.recorded().serving());
        for (String key : Parking.unproved(connection, schema)) {
            symptoms.add(curable(
                    place.name() + ", " + key,
                    "the foreign key is NOT VALID",
                    "rows that were there before may have no parent, and the planner cannot rely on it",
                    "validates it, beside readers and writers",
                    listener -> {
                        try (Connection own = place.database().getConnection()) {
                            List<String> violated = Parking.validate(own, schema);
                            if (!violated.isEmpty()) {
                                throw new RefusedException(String.join("; ", violated));
                            }
                        }
                    }));
        }
    }

    private void behind(DoctorContext patient, DoctorContext.Place place, Connection connection, List<Symptom> symptoms)
            throws SQLException {
        String schema = patient.schema(patient.recorded().serving());
        for (String sequence : Sequences.behindRows(connection, schema)) {
            symptoms.add(curable(
                    place.name() + ", sequence " + sequence,
                    "it is behind the column that it feeds",
                    "the next rows fail with 23505",
                    "sets it to the column's greatest value",
                    listener -> {
                        try (Connection own = place.database().getConnection()) {
                            Sequences.catchUp(own, schema);
                        }
                    }));
        }
    }
}
