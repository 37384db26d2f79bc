// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.reload;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.config.feature.Features;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.reload.ConfigValues.Value;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What to do about a changed configuration file. As in PostgreSQL, what can be applied is, and what needs a restart is
 * told and stays as it was until then.
 *
 * @param effective what holds from now on
 * @param report one line for each change
 */
public record ReloadPlan(CutoverConfig effective, ReloadReport report) {
    /** Keys, as the documentation names them, that hold from a restart on. All others can be reloaded. */
    private static final Set<String> AT_START = Set.of(
            "listen.host",
            "listen.port",
            "listen.reuse-port",
            "listen.drain-delay",
            "admin.host",
            "admin.port",
            "control.url",
            "control.user",
            "control.password",
            "snapshots.directory",
            "snapshots.programs",
            "campaigns.commands",
            "clusters.NAME.tls",
            "tenants.NAME.database",
            "tenants.NAME.blue",
            "tenants.NAME.green",
            "tenants.NAME.search-path",
            "tenants.NAME.maintenance",
            "tenants.NAME.mirror",
            "tenants.NAME.bypassing-writers");

    /** Whether a key, as the documentation names it, can be reloaded. */
    static boolean reloadable(String pattern) {
        return !AT_START.contains(pattern);
    }

    /**
     * Plans a reload.
     *
     * @param running what holds now
     * @param wanted what the file says
     * @param staying why tenants that are not in the file cannot be removed, by name
     * @throws StartupException if the two cannot be brought together without a restart; then nothing may be applied
     */
    public static ReloadPlan of(CutoverConfig running, CutoverConfig wanted, Map<String, String> staying)
            throws StartupException {
        if (wanted.auth().method() == AuthConfig.Method.TRUST
                && !running.listen().loopback()) {
            throw new StartupException("auth.method: trust is allowed on loopback only, and the proxy listens on "
                    + running.listen() + " until it is restarted");
        }
        Membership membership = Membership.of(running, wanted, staying);
        CutoverConfig effective = new CutoverConfig(
                running.listen(),
                wanted.listenTls(),
                running.rollover(),
                new AdminConfig(
                        running.admin().endpoint(),
                        wanted.admin().token(),
                        wanted.admin().users()),
                running.control(),
                wanted.auth(),
                wanted.limits(),
                running.snapshots(),
                running.campaigns(),
                membership.clusters(),
                membership.tenants(),
                wanted.catalog(),
                wanted.entries(),
                wanted.features());
        List<Change> changes = new ArrayList<>(membership.changes());
        changes.addAll(features(running.features(), wanted.features()));
        changes.addAll(changes(running, wanted));
        return new ReloadPlan(effective, new ReloadReport(changes));
    }

    private static List<Change> features(Features running, Features wanted) {
        List<Change> changes = new ArrayList<>();
        Set<String> before = running.names();
        Set<String> after = wanted.names();
        after.stream()
                .filter(name -> !before.contains(name))
                .forEach(name -> changes.add(new Change("features." + name, "added", true)));
        before.stream()
                .filter(name -> !after.contains(name))
                .forEach(name -> changes.add(new Change("features." + name, "removed", true)));
        return changes;
    }

    private static List<Change> changes(CutoverConfig running, CutoverConfig wanted) {
        Map<String, Value> before = ConfigValues.of(running);
        Map<String, Value> after = ConfigValues.of(wanted);
        List<Change> changes = new ArrayList<>();
        Set<String> paths = new LinkedHashSet<>(after.keySet());
        paths.addAll(before.keySet());
        for (String path : paths) {
            Value was = before.get(path);
            Value is = after.get(path);
            if (was != null && is != null) {
                if (!was.compared().equals(is.compared())) {
                    String change = was.shown().equals(is.shown()) ? "changed" : was.shown() + " -> " + is.shown();
                    changes.add(new Change(path, change, reloadable(is.pattern())));
                }
            } else if (path.startsWith("auth.users.")) {
                changes.add(new Change(path, was == null ? "added" : "removed", true));
            }
        }
        return changes;
    }
}
