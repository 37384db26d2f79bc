package dev.cutover.config.reload;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.control.ReloadReport;
import dev.cutover.config.control.ReloadReport.Change;
import dev.cutover.config.reload.ConfigValues.Value;
import dev.cutover.config.runtime.StartupException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
            "admin.host",
            "admin.port",
            "control.url",
            "control.user",
            "control.password",
            "snapshots.directory",
            "snapshots.programs",
            "clusters.NAME.host",
            "clusters.NAME.port",
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
     * @param running what holds now
     * @param wanted what the file says
     * @throws StartupException if the two cannot be brought together without a restart; then nothing may be applied
     */
    public static ReloadPlan of(CutoverConfig running, CutoverConfig wanted) throws StartupException {
        if (wanted.auth().method() == AuthConfig.Method.TRUST
                && !running.listen().loopback()) {
            throw new StartupException("auth.method: trust is allowed on loopback only, and the proxy listens on "
                    + running.listen() + " until it is restarted");
        }
        CutoverConfig effective = effective(running, wanted);
        return new ReloadPlan(effective, new ReloadReport(changes(running, wanted, effective)));
    }

    private static CutoverConfig effective(CutoverConfig running, CutoverConfig wanted) {
        Map<String, ClusterConfig> clusters = new LinkedHashMap<>(running.clusters());
        wanted.clusters()
                .forEach((name, next) -> clusters.merge(
                        name, next, (now, same) -> new ClusterConfig(name, now.endpoint(), next.pool(), now.tls())));
        Map<String, TenantConfig> tenants = new LinkedHashMap<>(running.tenants());
        wanted.tenants().forEach((name, next) -> {
            TenantConfig now = running.tenants().get(name);
            if (now != null) {
                tenants.put(
                        name,
                        now.with(next.drainTimeout(), next.sessions(), next.compareReads(), next.backfill())
                                .withMapping(next.mapping())
                                .withMigrations(next.migrations()));
            } else if (tenants.values().stream().noneMatch(other -> clash(next, other))) {
                tenants.put(name, next);
            }
        });
        return new CutoverConfig(
                running.listen(),
                wanted.listenTls(),
                new AdminConfig(
                        running.admin().endpoint(),
                        wanted.admin().token(),
                        wanted.admin().users()),
                running.control(),
                wanted.auth(),
                wanted.limits(),
                running.snapshots(),
                clusters,
                tenants);
    }

    /** Whether a new tenant is in the place of one that the file no longer has, and that stays until a restart. */
    private static boolean clash(TenantConfig added, TenantConfig other) {
        if (added.database().equals(other.database())) {
            return true;
        }
        for (Side side : Side.values()) {
            SideConfig place = added.side(side);
            if (place != null && (place.equals(other.blue()) || place.equals(other.green()))) {
                return added.movable() || other.movable();
            }
        }
        return false;
    }

    private static List<Change> changes(CutoverConfig running, CutoverConfig wanted, CutoverConfig effective) {
        Map<String, Value> before = ConfigValues.of(running);
        Map<String, Value> after = ConfigValues.of(wanted);
        List<Change> changes = new ArrayList<>();
        named("clusters.", running.clusters(), wanted.clusters(), effective.clusters(), changes);
        named("tenants.", running.tenants(), wanted.tenants(), effective.tenants(), changes);
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

    /** Clusters or tenants that come or go. Whoever goes stays until a restart. */
    private static void named(
            String above,
            Map<String, ?> running,
            Map<String, ?> wanted,
            Map<String, ?> effective,
            List<Change> changes) {
        wanted.keySet().stream()
                .filter(name -> !running.containsKey(name))
                .forEach(name -> changes.add(new Change(above + name, "added", effective.containsKey(name))));
        running.keySet().stream()
                .filter(name -> !wanted.containsKey(name))
                .forEach(name -> changes.add(new Change(above + name, "removed", false)));
    }
}
