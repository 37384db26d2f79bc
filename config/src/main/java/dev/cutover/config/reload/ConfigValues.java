// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.reload;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.BackfillPolicy;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Limits;
import dev.cutover.config.ListenTls;
import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Secret;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantCatalog;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.feature.Feature;
import dev.cutover.config.selection.TenantSelector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A configuration as a flat list of keys, to be compared with another one. */
final class ConfigValues {
    private final Map<String, Value> values = new LinkedHashMap<>();

    private ConfigValues() {}

    /**
     * One key's value.
     *
     * @param pattern the key as the documentation names it, with NAME for what the file names
     * @param shown for operators: without secrets
     * @param compared tells whether it has changed
     */
    record Value(String pattern, String shown, Object compared) {}

    /** By the key's path in the file. */
    static Map<String, Value> of(CutoverConfig config) {
        ConfigValues flat = new ConfigValues();
        flat.whole(config);
        config.clusters().values().forEach(flat::cluster);
        config.tenants().values().forEach(flat::tenant);
        return flat.values;
    }

    private void whole(CutoverConfig config) {
        put("listen.host", config.listen().host());
        put("listen.port", config.listen().port());
        put("listen.reuse-port", config.rollover().reusePort());
        put("listen.drain-delay", config.rollover().drainDelay());
        put("listen.tls", listenTls(config.listenTls()));
        put("admin.host", config.admin().endpoint().host());
        put("admin.port", config.admin().endpoint().port());
        secret("admin.token", config.admin().token());
        put("admin.users", config.admin().users());
        put("control.url", config.control().url());
        put("control.user", config.control().login().user());
        secret("control.password", config.control().login().password());
        put("auth.method", label(config.auth().method()));
        config.auth().users().forEach((name, user) -> {
            String kind = user.verifier() == null ? "password" : user.password() == null ? "verifier" : "both";
            put("auth.users", "auth.users." + name, kind, user);
        });
        AuthConfig.Query query = config.auth().query();
        put(
                "auth.query",
                "auth.query",
                query == null
                        ? "none"
                        : query.cluster() + "/" + query.database() + " as "
                                + query.login().user() + ": " + query.sql() + ", cache " + text(query.cache()),
                query == null ? "" : query);
        Limits limits = config.limits();
        put("limits.max-clients", limits.maxClients());
        put("limits.max-clients-per-tenant", limits.maxClientsPerTenant());
        put("limits.max-clients-per-address", limits.maxClientsPerAddress());
        put("limits.login-timeout", text(limits.loginTimeout()));
        put("limits.idle-in-transaction-timeout", text(limits.idleInTransactionTimeout()));
        put("limits.query-timeout", text(limits.queryTimeout()));
        put("limits.pool-wait-timeout", text(limits.poolWaitTimeout()));
        put("limits.memory-per-session", limits.memory().perSession());
        put("limits.memory-per-tenant", limits.memory().perTenant());
        put("limits.memory", limits.memory().inAll());
        catalog(config.catalog());
        put("snapshots.directory", file("", config.snapshots().directory()));
        put("snapshots.programs", file("", config.snapshots().programs()));
        put("campaigns.commands", file("", config.campaigns().commands()));
        config.features().declared().forEach(this::feature);
    }

    private void feature(Feature feature) {
        Named named = new Named("features.", feature.name());
        named.put("needs", feature.needs());
        named.put("tenants", text(feature.tenants()));
    }

    private static String text(TenantSelector tenants) {
        List<String> parts = new ArrayList<>();
        if (tenants.match() != null) {
            parts.add("match " + tenants.match().text());
        }
        if (!tenants.tags().isEmpty()) {
            parts.add("tags " + tenants.tags());
        }
        if (!tenants.except().isEmpty()) {
            parts.add("except " + tenants.except());
        }
        return parts.isEmpty() ? "all" : String.join(", ", parts);
    }

    private void catalog(@Nullable TenantCatalog catalog) {
        put(
                "tenants-from",
                "tenants-from",
                catalog == null
                        ? "none"
                        : catalog.cluster() + "/" + catalog.database() + " as "
                                + catalog.login().user() + ": " + catalog.sql() + ", every " + text(catalog.every())
                                + (catalog.template() == null ? "" : ", template " + catalog.template()),
                catalog == null ? "" : catalog);
    }

    private void cluster(ClusterConfig cluster) {
        Named named = new Named("clusters.", cluster.name());
        named.put("hosts", cluster.failsOver() ? cluster.hosts() : "none");
        named.put("failover-timeout", text(cluster.failoverTimeout()));
        if (!cluster.failsOver()) {
            named.put("host", cluster.endpoint().host());
            named.put("port", cluster.endpoint().port());
        }
        named.put("pool.size", cluster.pool().size());
        named.put("pool.min-idle", cluster.pool().minIdle());
        named.put("pool.idle-timeout", text(cluster.pool().idleTimeout()));
        named.put("pool.max-lifetime", text(cluster.pool().maxLifetime()));
        named.put("pool.check-delay", text(cluster.pool().checkDelay()));
        ClusterTls tls = cluster.tls();
        named.put(
                "tls",
                label(tls.mode())
                        + file(", ca ", tls.ca())
                        + file(", cert ", tls.certificate())
                        + file(", key ", tls.key()));
    }

    private void tenant(TenantConfig tenant) {
        Named named = new Named("tenants.", tenant.name());
        named.put("database", tenant.database());
        named.put("blue", side(tenant.blue()));
        named.put("green", side(tenant.green()));
        named.put("search-path", tenant.searchPath());
        MaintenanceConfig maintenance = tenant.maintenance();
        put(
                "tenants.NAME.maintenance",
                "tenants." + tenant.name() + ".maintenance",
                maintenance == null ? "none" : maintenance.login().user() + " in schema " + maintenance.schema(),
                maintenance == null ? "" : maintenance);
        named.put(
                "migrations",
                tenant.migrations() == null ? "none" : tenant.migrations().sources());
        put("tenants.NAME.mapping", "tenants." + tenant.name() + ".mapping", "the mapping", tenant.mapping());
        named.put("mirror", label(tenant.mirror()));
        named.put("bypassing-writers", label(tenant.bypassingWriters()));
        named.put("drain-timeout", text(tenant.drainTimeout()));
        named.put("compare-reads", tenant.compareReads());
        BackfillPolicy backfill = tenant.backfill();
        named.put("backfill.rate", backfill.rate());
        named.put("backfill.workers", backfill.workers());
        named.put("backfill.max-replica-lag", text(backfill.maxReplicaLag()));
        named.put("backfill.max-slowdown", backfill.maxSlowdown());
        named.put("backfill.max-proof-age", text(backfill.maxProofAge()));
        SessionPolicy sessions = tenant.sessions();
        named.put("pool-size", sessions.poolSize());
        named.put("pool-mode", label(sessions.poolMode()));
        named.put("users", sessions.users() == null ? "all" : sessions.users());
        named.put("replication", label(sessions.replication()));
        named.put("pinned", label(sessions.pinned()));
        named.put("shares-roles-with", sessions.sharesRolesWith());
        named.put("tags", tenant.tags().isEmpty() ? "none" : tenant.tags());
        named.put("changed-results", label(sessions.changedResults()));
    }

    /** The keys of one cluster, tenant or feature. */
    private final class Named {
        private final String above;
        private final String name;

        Named(String above, String name) {
            this.above = above;
            this.name = name;
        }

        void put(String key, Object value) {
            ConfigValues.this.put(above + "NAME." + key, above + name + "." + key, value.toString(), value);
        }
    }

    private void put(String key, Object value) {
        put(key, key, value.toString(), value);
    }

    private void secret(String key, @Nullable Secret secret) {
        put(key, key, secret == null ? "none" : "set", secret == null ? "" : secret);
    }

    private void put(String pattern, String path, String shown, Object compared) {
        values.put(path, new Value(pattern, shown, compared));
    }

    private static String listenTls(@Nullable ListenTls tls) {
        return tls == null
                ? "none"
                : label(tls.mode())
                        + file(", cert ", tls.certificate())
                        + file(", key ", tls.key())
                        + file(", client-ca ", tls.clientCa());
    }

    private static String file(String what, @Nullable Object path) {
        return path == null ? "" : what + path;
    }

    private static String side(@Nullable SideConfig side) {
        return side == null
                ? "none"
                : side.cluster() + "/" + side.database() + "/" + Objects.requireNonNullElse(side.schema(), "");
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 3_600_000 == 0 && millis > 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0 && millis > 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }
}
