// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy;

import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.maintenance.MaintenancePool.Places;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How the places in the pools of maintenance connections are taken. Pools come as tenants need them, so the gauges are made when
 * they are read.
 */
final class MaintenanceGauges {
    private final MultiGauge limit;
    private final MultiGauge taken;
    private final MultiGauge waiting;
    private volatile @Nullable ControlPlane plane;

    MaintenanceGauges(MeterRegistry meters) {
        limit = MultiGauge.builder("cutover.maintenance.places").register(meters);
        taken = MultiGauge.builder("cutover.maintenance.places.taken").register(meters);
        waiting = MultiGauge.builder("cutover.maintenance.waiting").register(meters);
    }

    void of(ControlPlane started) {
        plane = started;
    }

    void refresh() {
        ControlPlane now = plane;
        if (now != null) {
            List<Places> places = now.maintenance();
            rows(limit, places, Places::limit);
            rows(taken, places, Places::taken);
            rows(waiting, places, Places::waiting);
        }
    }

    private static void rows(MultiGauge gauge, List<Places> places, ToIntFunction<Places> figure) {
        gauge.register(
                places.stream()
                        .map(each -> MultiGauge.Row.of(tags(each), figure.applyAsInt(each)))
                        .toList(),
                true);
    }

    private static Tags tags(Places places) {
        return Tags.of(
                "cluster",
                places.cluster(),
                "database",
                places.database(),
                "role",
                places.role(),
                "use",
                places.use().label());
    }
}
