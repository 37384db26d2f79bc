// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code cutover doctor TENANT} shows: states that should not be.
 *
 * @param running the verb that works on the tenant now, or null; what it may be changing was not looked at then
 */
public record DoctorReport(String tenant, @Nullable String running, List<Anomaly> anomalies) {

    /**
     * A state that should not be.
     *
     * @param check what looked for it
     * @param place the database or the object that it was found in
     * @param finding what was found
     * @param consequence why it matters
     * @param remedy what to do
     * @param repairable whether {@code --repair} does it
     */
    public record Anomaly(
            String check, String place, String finding, String consequence, String remedy, boolean repairable) {}
}
