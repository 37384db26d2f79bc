// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.config.declared.MergedTenants;
import dev.cutover.config.launch.ProxyRuntime.ConfigSource;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.reload.ReloadPlan;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.declaration.ServedTenants;
import dev.cutover.proxy.control.http.AdminApi;
import dev.cutover.proxy.control.operation.ReloadStep;
import dev.cutover.proxy.control.operation.TenantRemoval;
import dev.cutover.proxy.control.store.DeclaredStore;
import dev.cutover.proxy.listen.ProxyServer;
import dev.cutover.proxy.route.TenantRouting;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again and applies it to the parts of a running proxy. Whatever can fail is tried before anything
 * is changed.
 */
final class Reload implements ServedTenants {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

    private final ConfigSource source;
    private final ControlPlane plane;
    private final TenantGauges gauges;
    private volatile CutoverConfig file;
    private volatile CutoverConfig running;
    private volatile Map<String, String> problems;
    private volatile long revision;
    private volatile boolean pending;
    private List<Change> shown = List.of();
    private @Nullable ProxyServer server;
    private @Nullable AdminApi admin;

    Reload(ConfigSource source, CutoverConfig file, ControlPlane plane, TenantGauges gauges) {
        this.source = source;
        this.file = file;
        ControlPlane.LoadedTenants loaded = plane.loaded();
        this.running = loaded.merged().config();
        this.problems = loaded.merged().problems();
        this.revision = loaded.revision();
        this.plane = plane;
        this.gauges = gauges;
    }

    /** The proxy is up: from now on its configuration can change. */
    synchronized void begin(ProxyServer startedServer, AdminApi startedAdmin) {
        server = startedServer;
        admin = startedAdmin;
    }

    @Override
    public CutoverConfig file() {
        return file;
    }

    @Override
    public CutoverConfig running() {
        return running;
    }

    @Override
    public long revision() {
        return revision;
    }

    @Override
    public boolean pending() {
        return pending;
    }

    @Override
    public Map<String, String> problems() {
        return problems;
    }

    @Override
    public synchronized List<Change> apply() throws StartupException {
        List<Change> changes = apply(file).changes().stream()
                .filter(change -> change.key().startsWith("tenants."))
                .toList();
        if (!changes.equals(shown)) {
            changes.forEach(change -> LOG.info("declared tenants: {}", change.line()));
        }
        shown = changes;
        return changes;
    }

    /** @throws StartupException in one line; then nothing has changed */
    synchronized ReloadReport run(String actor) throws StartupException {
        try {
            ReloadReport report = apply(source.read());
            report.changes().forEach(change -> LOG.info("reload: {}", change.line()));
            String summary = report.changes().size() + " change(s)";
            LOG.info("configuration reloaded: actor={} {}", actor, summary);
            audit(actor, "SUCCEEDED", summary);
            return report;
        } catch (StartupException e) {
            LOG.warn("configuration not reloaded, nothing has changed: actor={} reason={}", actor, e.getMessage());
            audit(actor, "REFUSED", String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private ReloadReport apply(CutoverConfig wantedFile) throws StartupException {
        if (server == null || admin == null) {
            throw new StartupException("the proxy is still starting");
        }
        DeclaredStore.Declared declared = declared();
        MergedTenants merged = MergedTenants.of(wantedFile, running.clusters(), running.tenants(), declared.tenants());
        CutoverConfig wanted = merged.config();
        TenantRemoval removal = plane.removal(wanted.tenants().keySet());
        ReloadPlan plan;
        ReloadStep step;
        try {
            plan = ReloadPlan.of(running, wanted, removal.refused());
            CutoverConfig next = plan.effective();
            step = plane.prepare(next);
            server.reconfigure(next.listenTls(), next.auth(), next.limits(), next.clusters());
        } catch (IllegalArgumentException e) {
            removal.undo();
            // Certificates that are not what they should be.
            throw new StartupException(String.valueOf(e.getMessage()), e);
        } catch (StartupException | RuntimeException e) {
            removal.undo();
            throw e;
        }
        try {
            publish(plan.effective(), step, server);
        } catch (RuntimeException e) {
            // Verbs may begin again on whatever has stayed.
            removal.undo();
            throw e;
        }
        admin.reconfigure(plan.effective().admin());
        List<Change> changes = new ArrayList<>(plan.report().changes());
        changes.addAll(step.notes());
        file = wantedFile;
        revision = declared.revision();
        pending = changes.stream().anyMatch(change -> change.reason() != null);
        noteProblems(merged.problems());
        return new ReloadReport(changes);
    }

    private DeclaredStore.Declared declared() throws StartupException {
        try {
            return plane.declared().load();
        } catch (SQLException e) {
            throw new StartupException("control.url: cannot read the declared tenants: " + OneLine.of(e), e);
        }
    }

    private void noteProblems(Map<String, String> now) {
        now.forEach((tenant, problem) -> {
            if (!problem.equals(problems.get(tenant))) {
                LOG.warn("declared tenant is not served as its entry says tenant={} reason={}", tenant, problem);
            }
        });
        problems = now;
    }

    private void publish(CutoverConfig next, ReloadStep step, ProxyServer to) {
        Collection<TenantRouting> before = plane.routings();
        step.publish().run();
        Collection<TenantRouting> now = plane.routings();
        now.forEach(to::serve);
        Set<SideConfig> needed = next.tenants().values().stream()
                .flatMap(tenant -> Stream.of(Side.values()).flatMap(side -> Stream.ofNullable(tenant.side(side))))
                .map(side -> new SideConfig(side.cluster(), side.database(), null))
                .collect(Collectors.toSet());
        to.remove(
                before.stream().filter(tenant -> !now.contains(tenant)).toList(),
                key -> needed.contains(new SideConfig(key.cluster(), key.database(), null)),
                next.clusters().keySet());
        plane.closeUnneeded(next);
        gauges.show(now.stream().map(TenantRouting::tenant).toList());
        plane.configured(next);
        running = next;
    }

    private void audit(String actor, String result, String message) {
        try {
            plane.audit(actor, "reload", result, message);
        } catch (SQLException e) {
            LOG.warn("audit entry lost: command=reload", e);
        }
    }
}
