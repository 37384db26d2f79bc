// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.config.BypassingWriters;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.net.Fence;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The net stands on every mapped table while the tenant mirrors, and on none otherwise. */
public final class ExamineNet implements Examination {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int ATTEMPTS = 20;

    private static final String TRIGGERS = "SELECT t.tgrelid::regclass::text, t.tgname::text FROM pg_trigger t"
            + " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE n.nspname = ? AND (t.tgname LIKE 'cutover\\_net\\_%' OR t.tgname = 'cutover_fence') AND NOT t.tgisinternal AND t.tgparentid = 0"
            + " ORDER BY 1, 2";

    private static final String UNUSED_FUNCTIONS = "SELECT p.oid::regprocedure::text FROM pg_proc p"
            + " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ? AND p.proname LIKE 'net\\_%'"
            + " AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid) ORDER BY 1";

    @Override
    public String name() {
        return "net";
    }

    @Override
    public List<Symptom> examine(DoctorContext patient) throws SQLException {
        List<Symptom> symptoms = new ArrayList<>();
        ActiveMirror mirroring = patient.tenant().mirroring();
        if (mirroring != null) {
            gaps(patient.tenant(), mirroring, symptoms);
        } else if (!patient.mirrors() && !patient.awaitsCleanup()) {
            leftTriggers(patient, symptoms);
        }
        unusedFunctions(patient, symptoms);
        return symptoms;
    }

    private void gaps(Tenant tenant, ActiveMirror mirroring, List<Symptom> symptoms) throws SQLException {
        fenceGaps(tenant, mirroring, symptoms);
        Net net = new Net(mirroring.plan());
        for (String gap : net.gaps(mirroring.placement())) {
            symptoms.add(curable(
                    gap,
                    "this part of the net is missing, disabled, or not as it was installed",
                    "writes that no mirrored statement made are not marked: the sides may already differ",
                    "installs it again and revokes READY; run verify --repair, then verify",
                    listener -> {
                        net.install(mirroring.placement());
                        tenant.revokeReady("doctor installed this part of the net again: " + gap);
                    }));
        }
    }

    private void fenceGaps(Tenant tenant, ActiveMirror mirroring, List<Symptom> symptoms) throws SQLException {
        if (tenant.config().bypassingWriters() != BypassingWriters.REFUSE) {
            return;
        }
        Fence fence = new Fence(mirroring.plan());
        try (Connection idle = mirroring.placement().idle().getConnection()) {
            for (String gap : fence.gaps(idle)) {
                symptoms.add(curable(
                        gap,
                        "this part of the fence is missing, disabled, or of another epoch",
                        "a write to the idle side that bypasses the proxy is acknowledged and then undone",
                        "sets it again",
                        listener -> {
                            Transactions.Steps raise = fence::raise;
                            Transactions.retrying(mirroring.placement().idle(), LOCK_TIMEOUT, ATTEMPTS, raise.asWork());
                        }));
            }
        }
    }

    private void leftTriggers(DoctorContext patient, List<Symptom> symptoms) throws SQLException {
        for (DoctorContext.Place place : patient.places()) {
            try (Connection connection = place.database().getConnection()) {
                for (Side side : place.sides()) {
                    for (String[] trigger : Rows.query(
                            connection,
                            TRIGGERS,
                            row -> new String[] {row.getString(1), row.getString(2)},
                            patient.schema(side))) {
                        symptoms.add(curable(
                                place.name() + ", table " + trigger[0],
                                "the trigger " + trigger[1] + " stands there though the tenant does not mirror",
                                "each write leaves a mark that nobody reads",
                                "drops it",
                                listener -> run(place, "DROP TRIGGER IF EXISTS " + trigger[1] + " ON " + trigger[0])));
                    }
                }
            }
        }
    }

    private void unusedFunctions(DoctorContext patient, List<Symptom> symptoms) throws SQLException {
        for (DoctorContext.Place place : patient.places()) {
            try (Connection connection = place.database().getConnection()) {
                for (String function : Rows.query(
                        connection,
                        UNUSED_FUNCTIONS,
                        row -> row.getString(1),
                        patient.transition().name())) {
                    symptoms.add(curable(
                            place.name(),
                            "no trigger uses the function " + function,
                            "it is a leftover of a transition",
                            "drops it",
                            listener -> run(place, "DROP FUNCTION IF EXISTS " + function)));
                }
            }
        }
    }

    private static void run(DoctorContext.Place place, String sql) throws SQLException, InterruptedException {
        Transactions.Steps steps = connection -> Rows.execute(connection, List.of(sql));
        Transactions.retrying(place.database(), LOCK_TIMEOUT, ATTEMPTS, steps.asWork());
    }
}
