// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.config.adminapi.DoctorReport.Anomaly;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.verb.Verb;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks for one kind of state that should not be. Instances keep no state. */
public interface Examination {
    String name();

    /** Called only while no operation is running on the tenant. */
    List<Symptom> examine(DoctorContext patient) throws SQLException, RefusedException;

    /** @param cure null where only an operator can tell what is right */
    record Symptom(Anomaly anomaly, @Nullable Cure cure) {}

    /** Repairs what was found; safe to repeat. */
    @FunctionalInterface
    interface Cure {
        void apply(Verb.Listener listener) throws SQLException, RefusedException, InterruptedException;
    }

    /** One that can be repaired: {@code remedy} says how. */
    default Symptom curable(String place, String finding, String consequence, String remedy, Cure cure) {
        return new Symptom(new Anomaly(name(), place, finding, consequence, remedy, true), cure);
    }

    /** One that an operator has to look at. */
    default Symptom incurable(String place, String finding, String consequence, String remedy) {
        return new Symptom(new Anomaly(name(), place, finding, consequence, remedy, false), null);
    }
}
