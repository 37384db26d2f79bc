// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy;

import dev.cutover.config.adminapi.WorkProgress;
import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.tenant.ReadOutcome;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The meters of single tenants. They come and go with the tenants. */
final class TenantGauges {
    private final MeterRegistry registry;
    private final ControlPlane plane;
    private final Map<String, List<Meter>> shown = new HashMap<>();

    TenantGauges(MeterRegistry registry, ControlPlane plane) {
        this.registry = registry;
        this.plane = plane;
    }

    /** From now on these tenants have meters, and no others. */
    synchronized void show(Collection<String> tenants) {
        shown.entrySet().removeIf(entry -> {
            boolean gone = !tenants.contains(entry.getKey());
            if (gone) {
                entry.getValue().forEach(registry::remove);
            }
            return gone;
        });
        tenants.forEach(tenant -> shown.computeIfAbsent(tenant, this::register));
    }

    private List<Meter> register(String tenant) {
        List<Meter> meters = new ArrayList<>();
        meters.add(gauge(
                "cutover.resync.lag",
                tenant,
                "seconds",
                control -> control.lag(tenant).toMillis() / 1e3));
        for (ReadOutcome outcome : ReadOutcome.values()) {
            meters.add(FunctionCounter.builder(
                            "cutover.compared.reads", plane, control -> control.comparedReads(tenant, outcome))
                    .tag("tenant", tenant)
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                    .register(registry));
        }
        meters.add(work("cutover.work.done", tenant, WorkProgress::done));
        meters.add(work("cutover.work.total", tenant, WorkProgress::total));
        meters.add(work("cutover.work.rate", tenant, WorkProgress::perSecond));
        meters.add(gauge("cutover.fallback.tables", tenant, null, control -> control.fallbackTables(tenant)));
        return meters;
    }

    /** Of the backfill or the verification that runs; 0 while none does. */
    private Meter work(String name, String tenant, ToLongFunction<WorkProgress> figure) {
        return gauge(name, tenant, "rows", control -> {
            WorkProgress work = control.work(tenant);
            return work == null ? 0 : figure.applyAsLong(work);
        });
    }

    private Gauge gauge(String name, String tenant, @Nullable String unit, ToDoubleFunction<ControlPlane> figure) {
        return Gauge.builder(name, plane, figure)
                .tag("tenant", tenant)
                .baseUnit(unit)
                .register(registry);
    }
}
