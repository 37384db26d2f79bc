package dev.cutover.proxy;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.control.ReloadReport;
import dev.cutover.config.control.ReloadReport.Change;
import dev.cutover.config.reload.ReloadPlan;
import dev.cutover.config.runtime.ProxyRuntime.ConfigSource;
import dev.cutover.config.runtime.StartupException;
import dev.cutover.proxy.control.AdminApi;
import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.ReloadStep;
import dev.cutover.proxy.listen.ProxyServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again and applies it to the parts of a running proxy. Whatever can fail is tried before anything
 * is changed.
 */
final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

    private final ConfigSource source;
    private final ControlPlane plane;
    private volatile CutoverConfig running;
    private @Nullable ProxyServer server;
    private @Nullable AdminApi admin;

    Reload(ConfigSource source, CutoverConfig running, ControlPlane plane) {
        this.source = source;
        this.running = running;
        this.plane = plane;
    }

    /** The proxy is up: from now on its configuration can change. */
    synchronized void begin(ProxyServer startedServer, AdminApi startedAdmin) {
        server = startedServer;
        admin = startedAdmin;
    }

    /** What holds at this moment. */
    CutoverConfig running() {
        return running;
    }

    /** @throws StartupException in one line; then nothing has changed */
    synchronized ReloadReport run(String actor) throws StartupException {
        try {
            ReloadReport report = apply();
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

    private ReloadReport apply() throws StartupException {
        if (server == null || admin == null) {
            throw new StartupException("the proxy is still starting");
        }
        ReloadPlan plan = ReloadPlan.of(running, source.read());
        CutoverConfig next = plan.effective();
        ReloadStep step = plane.prepare(next);
        try {
            server.reconfigure(next.listenTls(), next.auth(), next.limits(), next.clusters());
        } catch (IllegalArgumentException e) {
            // Certificates that are not what they should be.
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
        step.publish().run();
        plane.routings().forEach(server::serve);
        admin.reconfigure(next.admin());
        running = next;
        List<Change> changes = new ArrayList<>(plan.report().changes());
        changes.addAll(step.notes());
        return new ReloadReport(changes);
    }

    private void audit(String actor, String result, String message) {
        try {
            plane.audit(actor, "reload", result, message);
        } catch (SQLException e) {
            LOG.warn("audit entry lost: command=reload", e);
        }
    }
}
