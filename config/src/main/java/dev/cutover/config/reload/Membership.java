// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.reload;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantClashes;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.adminapi.ReloadReport.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tenants and clusters that hold after a reload.
 *
 * @param changes one for each tenant or cluster that comes or goes
 */
record Membership(Map<String, ClusterConfig> clusters, Map<String, TenantConfig> tenants, List<Change> changes) {
    /** @param staying why tenants that are not in the file cannot be removed, by name */
    static Membership of(CutoverConfig running, CutoverConfig wanted, Map<String, String> staying) {
        Map<String, TenantConfig> tenants = new LinkedHashMap<>();
        running.tenants().forEach((name, now) -> {
            TenantConfig next = wanted.tenants().get(name);
            if (next != null) {
                tenants.put(
                        name,
                        now.with(next.drainTimeout(), next.sessions(), next.compareReads(), next.backfill())
                                .withTags(next.tags())
                                .withMapping(next.mapping())
                                .withMigrations(next.migrations()));
            } else if (staying.containsKey(name)) {
                tenants.put(name, now);
            }
        });
        Map<String, String> refused = new HashMap<>();
        staying.forEach((name, reason) -> refused.put("tenants." + name, reason));
        addNew(running, wanted, tenants, refused);
        Map<String, ClusterConfig> clusters = clusters(running, wanted, tenants, refused);
        List<Change> changes = new ArrayList<>();
        changes("clusters.", running.clusters(), wanted.clusters(), refused, changes);
        changes("tenants.", running.tenants(), wanted.tenants(), refused, changes);
        return new Membership(clusters, tenants, changes);
    }

    /** Adds the tenants that are not in the place of one that stays although the file says otherwise. */
    private static void addNew(
            CutoverConfig running,
            CutoverConfig wanted,
            Map<String, TenantConfig> tenants,
            Map<String, String> refused) {
        Map<String, ClusterConfig> clusters = new HashMap<>(running.clusters());
        clusters.putAll(wanted.clusters());
        TenantClashes clashes = new TenantClashes(clusters);
        tenants.values().forEach(clashes::add);
        wanted.tenants().forEach((name, next) -> {
            if (running.tenants().containsKey(name)) {
                return;
            }
            TenantClashes.Clash clash = clashes.find(next);
            if (clash == null) {
                clashes.add(next);
                tenants.put(name, next);
            } else {
                refused.put("tenants." + name, clash.key() + " " + clash.problem());
            }
        });
    }

    private static Stream<SideConfig> sides(TenantConfig tenant) {
        return Stream.of(Side.values()).flatMap(side -> Stream.ofNullable(tenant.side(side)));
    }

    private static Map<String, ClusterConfig> clusters(
            CutoverConfig running,
            CutoverConfig wanted,
            Map<String, TenantConfig> tenants,
            Map<String, String> refused) {
        Map<String, ClusterConfig> clusters = new LinkedHashMap<>();
        running.clusters().forEach((name, now) -> {
            ClusterConfig next = wanted.clusters().get(name);
            if (next != null) {
                clusters.put(
                        name, new ClusterConfig(name, next.hosts(), next.failoverTimeout(), next.pool(), now.tls()));
                return;
            }
            tenants.values().stream()
                    .filter(tenant ->
                            sides(tenant).anyMatch(side -> side.cluster().equals(name)))
                    .findFirst()
                    .ifPresent(user -> {
                        clusters.put(name, now);
                        refused.put(
                                "clusters." + name,
                                "tenant " + user.name() + " lies there until it is removed or"
                                        + " the proxy is restarted");
                    });
        });
        wanted.clusters().forEach(clusters::putIfAbsent);
        return clusters;
    }

    private static void changes(
            String above,
            Map<String, ?> running,
            Map<String, ?> wanted,
            Map<String, String> refused,
            List<Change> changes) {
        wanted.keySet().stream()
                .filter(name -> !running.containsKey(name))
                .forEach(name -> changes.add(change(above + name, "added", refused.get(above + name))));
        running.keySet().stream()
                .filter(name -> !wanted.containsKey(name))
                .forEach(name -> changes.add(change(above + name, "removed", refused.get(above + name))));
    }

    private static Change change(String key, String what, @Nullable String refused) {
        return new Change(key, what, refused == null, refused);
    }
}
