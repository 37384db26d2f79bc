// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.config.adminapi.DoctorReport;
import dev.cutover.config.adminapi.DoctorReport.Anomaly;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.doctor.Examination.Symptom;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.verb.Verb;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds states that should not be; as a verb, repairs those whose repair cannot do harm. */
public final class Doctor implements Verb<VerbRequest.Plain> {
    private static final Logger LOG = LoggerFactory.getLogger(Doctor.class);

    private static final int ROUNDS = 3;

    private static final List<Examination> EXAMINATIONS = List.of(
            new ExaminePhase(),
            new ExamineNet(),
            new ExamineParking(),
            new ExamineLeftovers(),
            new ExaminePrivileges(),
            new ExamineMaintenance(),
            new ExamineServingSide(),
            new ExamineGate(),
            new ExamineWorkers());

    @Override
    public String name() {
        return "doctor";
    }

    /** Changes nothing. @param running the running verb; what it may be changing is not looked at */
    public static DoctorReport report(Tenant tenant, @Nullable String running) throws SQLException {
        try {
            // While a degraded tenant is being recovered, the reason is what there is to tell.
            boolean looks = running == null || tenant.awaitedRecovery() != null;
            List<Anomaly> anomalies =
                    looks ? symptoms(tenant).stream().map(Symptom::anomaly).toList() : List.of();
            return new DoctorReport(tenant.name(), running, anomalies);
        } catch (RefusedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Plain request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Set<String> repaired = new LinkedHashSet<>();
        List<Finding> left = new ArrayList<>();
        boolean progress = true;
        // What has been repaired may show what was hidden behind it; and that it has been is seen, not assumed.
        for (int round = 0; progress && round < ROUNDS; round++) {
            left.clear();
            progress = false;
            for (Symptom symptom : symptoms(tenant)) {
                String what =
                        symptom.anomaly().place() + ": " + symptom.anomaly().finding();
                String reason = cure(symptom, listener);
                if (reason.isEmpty()) {
                    LOG.info("repaired tenant={} what={}", tenant.name(), what);
                    progress = true;
                    repaired.add(what);
                } else {
                    left.add(new Finding(symptom.anomaly().check(), true, what, reason));
                }
            }
        }
        String message =
                repaired.size() + " repaired" + (repaired.isEmpty() ? "" : " (" + String.join("; ", repaired) + ")");
        if (!left.isEmpty()) {
            throw new RefusedException(message + ", " + left.size() + " left", left);
        }
        return new Outcome(message);
    }

    /** Why it was not repaired; empty if it was. */
    private static String cure(Symptom symptom, Listener listener) throws InterruptedException {
        Examination.Cure cure = symptom.cure();
        if (cure == null) {
            return symptom.anomaly().remedy();
        }
        try {
            cure.apply(listener);
            return "";
        } catch (SQLException | RefusedException e) {
            return "could not be repaired: " + OneLine.of(e);
        }
    }

    private static List<Symptom> symptoms(Tenant tenant) throws SQLException, RefusedException {
        if (tenant.awaitedRecovery() != null) {
            return ExaminePhase.degraded(tenant);
        }
        DoctorContext patient = DoctorContext.of(tenant);
        List<Symptom> symptoms = new ArrayList<>();
        for (Examination examination : EXAMINATIONS) {
            try {
                symptoms.addAll(examination.examine(patient));
            } catch (SQLException e) {
                symptoms.add(examination.incurable(
                        "the tenant's databases",
                        "could not be looked at: " + OneLine.of(e),
                        "what is wrong there is not known",
                        "see that the server answers and the maintenance role may read its catalogs"));
            }
        }
        return symptoms;
    }
}
