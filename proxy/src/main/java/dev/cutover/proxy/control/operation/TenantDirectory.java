// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.config.feature.Features;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.schedule.RepeatedTask;
import dev.cutover.proxy.control.snapshot.Snapshots;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.SideDatabases;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.ConnectionWarmer;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantServices;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tenants of the configuration. Anybody may read; one thread at a time changes it. */
public final class TenantDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(TenantDirectory.class);

    private final TenantServices services;
    private final Operations operations;
    private final int gateStripes;
    private volatile Map<String, Tenant> tenants = Map.of();
    private volatile Features features = Features.NONE;

    public TenantDirectory(
            SideDatabases databases,
            ControlStore store,
            ConnectionWarmer warmth,
            Snapshots snapshots,
            Operations operations,
            int gateStripes) {
        this.services = new TenantServices(databases, store, warmth, snapshots, this::configs, () -> features);
        this.operations = operations;
        this.gateStripes = gateStripes;
    }

    public @Nullable Tenant find(String name) {
        return tenants.get(name);
    }

    public Collection<Tenant> all() {
        return tenants.values();
    }

    /** Loads the tenants from the control database. @throws StartupException if that does not answer */
    public void load(CutoverConfig config) throws StartupException {
        features = config.features();
        tenants = loaded(config.tenants());
    }

    /** Puts every tenant to work in its phase, in the background. */
    public void recover() {
        recover(tenants.values());
    }

    /** Keeps verbs off the tenants that the file no longer has, as far as they can be removed. */
    public TenantRemoval removal(Set<String> wanted) {
        return TenantRemoval.of(
                tenants.values().stream()
                        .filter(tenant -> !wanted.contains(tenant.name()))
                        .toList(),
                operations);
    }

    /**
     * Makes ready what a changed configuration needs. A new cluster that does not answer is used all the same: its tenants are
     * recovered when it does.
     *
     * @throws StartupException in one line; then nothing has changed
     */
    public ReloadStep prepare(CutoverConfig next) throws StartupException {
        Map<String, ClusterConfig> before = services.databases().clusters();
        List<Change> notes = new ArrayList<>();
        for (ClusterConfig cluster : next.clusters().values()) {
            ClusterConfig known = before.get(cluster.name());
            if (known == null || !known.hosts().equals(cluster.hosts())) {
                try {
                    Reachability.reach(cluster);
                } catch (StartupException e) {
                    notes.add(new Change("clusters." + cluster.name(), "does not answer: " + OneLine.of(e), true));
                }
            }
        }
        Map<String, Tenant> loaded = loaded(next.tenants());
        List<Tenant> added = loaded.values().stream()
                .filter(tenant -> !tenants.containsKey(tenant.name()))
                .toList();
        return new ReloadStep(() -> publish(next, loaded, added), notes);
    }

    private void publish(CutoverConfig next, Map<String, Tenant> loaded, List<Tenant> added) {
        services.databases().reconfigure(next.clusters());
        features = next.features();
        loaded.values()
                .forEach(tenant ->
                        tenant.reconfigure(Objects.requireNonNull(next.tenants().get(tenant.name()))));
        tenants = loaded;
        added.forEach(tenant -> operations.release(tenant.name()));
        recover(added);
    }

    private void recover(Collection<Tenant> loaded) {
        List<Tenant> others = new ArrayList<>();
        for (Tenant tenant : loaded) {
            if (tenant.leads() && Recovery.neededAtStart(tenant)) {
                operations.startRecovery(tenant);
            } else {
                others.add(tenant);
            }
        }
        Thread versions = new Thread(
                () -> others.forEach(tenant -> new RepeatedTask("schema-version", tenant::publishSchemaVersion).run()),
                "schema-versions");
        versions.setDaemon(true);
        versions.start();
    }

    /** The tenants of a configuration. Those that are new are loaded and served by their recorded sides. */
    private Map<String, Tenant> loaded(Map<String, TenantConfig> configs) throws StartupException {
        Map<String, TenantRecord> rows;
        Set<String> claimed;
        try {
            List<String> names = configs.keySet().stream()
                    .filter(name -> !tenants.containsKey(name))
                    .toList();
            services.store().loadAll(names);
            claimed = services.store().claim(names);
            rows = services.store().loadAll(names);
        } catch (SQLException e) {
            throw new StartupException("control.url: cannot read the tenants: " + OneLine.of(e), e);
        }
        Map<String, Tenant> loaded = new LinkedHashMap<>();
        for (TenantConfig config : configs.values()) {
            Tenant tenant = tenants.get(config.name());
            if (tenant == null) {
                TenantRecord row = Objects.requireNonNull(rows.get(config.name()), "each tenant has a row");
                tenant = new Tenant(config, row, services, gateStripes);
                if (claimed.contains(config.name())) {
                    tenant.lead();
                }
                if (config.mapping().problem() != null) {
                    LOG.warn(
                            "mapping is not valid tenant={} reason={}",
                            tenant.name(),
                            config.mapping().problem());
                }
                Recovery.serveBefore(tenant);
            }
            loaded.put(tenant.name(), tenant);
        }
        return Collections.unmodifiableMap(loaded);
    }

    private Collection<TenantConfig> configs() {
        return tenants.values().stream().map(Tenant::config).toList();
    }
}
