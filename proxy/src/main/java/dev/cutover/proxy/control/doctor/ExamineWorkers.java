// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.proxy.control.tenant.ActiveMirror;
import java.time.Duration;
import java.util.List;

/** Whether resync works for the tenant. */
public final class ExamineWorkers implements Examination {
    /** A step that is due for so long is not only behind those of other tenants. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "workers";
    }

    @Override
    public List<Symptom> examine(DoctorContext patient) {
        ActiveMirror mirroring = patient.tenant().mirroring();
        if (mirroring == null) {
            return List.of();
        }
        String place = "resync of tenant " + patient.tenant().name();
        String trouble = mirroring.trouble();
        if (trouble != null) {
            return List.of(incurable(
                    place,
                    "resync stalled: " + trouble,
                    "the idle side falls behind, and a flip is refused",
                    "remove the reason; resync retries"));
        }
        Duration overdue = mirroring.overdue();
        if (overdue.compareTo(PATIENCE) > 0) {
            return List.of(incurable(
                    place,
                    "a step has been due for " + overdue.toSeconds() + " s and no thread has begun it",
                    "the idle side falls behind",
                    "see whether rows of other tenants of this database are locked for long; then restart the proxy"));
        }
        return List.of();
    }
}
