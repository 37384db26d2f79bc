// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.proxy.control.tenant.TenantSides;
import dev.cutover.proxy.control.verb.PreparePreconditions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The maintenance role reaches the servers, has the rights that it needs, and leads to no other tenant. */
public final class ExamineMaintenance implements Examination {
    @Override
    public String name() {
        return "maintenance";
    }

    @Override
    public List<Symptom> examine(DoctorContext patient) throws SQLException {
        TenantSides movement = patient.movement();
        if (movement == null) {
            return List.of();
        }
        List<Symptom> symptoms = new ArrayList<>();
        for (Finding finding : PreparePreconditions.ofMaintenance(patient.tenant(), movement)) {
            if (finding.blocking()) {
                symptoms.add(incurable(
                        finding.guardrail(),
                        finding.finding(),
                        "prepare and mirror are refused, and running work may fail",
                        finding.remedy()));
            }
        }
        return symptoms;
    }
}
