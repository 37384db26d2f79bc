// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.console;

import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.backend.BackendView;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.metrics.ProxyMeters.Outcome;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.SessionView;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.route.TenantSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What SHOW shows. Columns that PgBouncer has too have its names and its meaning. */
public final class Views {
    private static final String VERSION = "Cutover 0.1.0";

    private final AdminCommands control;
    private final Supplier<Collection<TenantRouting>> tenants;
    private final Supplier<BackendPools> backends;
    private final Supplier<ProxyMeters> meters;

    Views(
            AdminCommands control,
            Supplier<Collection<TenantRouting>> tenants,
            Supplier<BackendPools> backends,
            Supplier<ProxyMeters> meters) {
        this.control = control;
        this.tenants = tenants;
        this.backends = backends;
        this.meters = meters;
    }

    /** Null if there is no such view. */
    @Nullable Command show(String what) {
        return switch (what) {
            case "TENANTS" ->
                table(this::tenants, "tenant", "database", "phase", "serving", "epoch", "sessions", "tags");
            case "PROXIES" ->
                table(
                        this::proxies,
                        "proxy",
                        "address",
                        "version",
                        "config",
                        "sessions",
                        "leads",
                        "lease_ms",
                        "started",
                        "self",
                        "draining");
            case "SESSIONS", "CLIENTS" ->
                table(
                        this::sessions,
                        "type",
                        "user",
                        "database",
                        "state",
                        "addr",
                        "port",
                        "connect_time",
                        "application_name",
                        "pid",
                        "tenant",
                        "pinned");
            case "POOLS" ->
                table(this::pools, "cluster", "database", "user", "tenant", "cl_waiting", "sv_active", "sv_idle");
            case "BACKENDS", "SERVERS" ->
                table(
                        this::backends,
                        "type",
                        "user",
                        "database",
                        "state",
                        "addr",
                        "port",
                        "remote_pid",
                        "cluster",
                        "tenant");
            case "DATABASES" ->
                table(this::databases, "name", "cluster", "database", "schema", "pool_size", "pool_mode");
            case "LISTS" -> table(this::lists, "list", "items");
            case "STATS" -> table(this::stats, "name", "value");
            case "PINS" -> table(this::pins, "tenant", "user", "client", "pid", "reason");
            case "VERSION" -> table(() -> List.of(List.of(VERSION)), "version");
            case "HELP" -> table(Views::help, "command", "what");
            default -> null;
        };
    }

    private static Command table(Supplier<List<List<String>>> rows, String... columns) {
        return new Command("SHOW", List.of(columns), actor -> {
            try {
                return rows.get();
            } catch (IllegalStateException e) {
                throw new AdminFailure("58000", String.valueOf(e.getMessage()), "");
            } catch (CompletionException e) {
                throw new AdminFailure("57P03", "the proxy is going down", "");
            }
        });
    }

    private List<List<String>> tenants() {
        return control.tenants().stream()
                .map(tenant -> List.of(
                        tenant.tenant(),
                        tenant.database(),
                        tenant.phase().name(),
                        tenant.serving().label(),
                        Long.toString(tenant.epoch()),
                        Integer.toString(tenant.sessions()),
                        tags(tenant.tags())))
                .toList();
    }

    private static String tags(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(tag -> tag.getKey() + "=" + tag.getValue())
                .collect(Collectors.joining(","));
    }

    private List<List<String>> proxies() {
        return control.proxies().stream()
                .map(proxy -> List.of(
                        Integer.toString(proxy.number()),
                        proxy.address(),
                        proxy.version(),
                        proxy.configuration(),
                        Integer.toString(proxy.sessions()),
                        Long.toString(proxy.leads()),
                        Long.toString(proxy.leaseMillis()),
                        proxy.startedAt().toString(),
                        proxy.self() ? "t" : "f",
                        proxy.draining() ? "t" : "f"))
                .toList();
    }

    private List<List<String>> sessions() {
        List<List<String>> rows = new ArrayList<>();
        eachSession((tenant, session) -> {
            int colon = session.client().lastIndexOf(':');
            rows.add(List.of(
                    "C",
                    session.user(),
                    tenant.clientDatabase(),
                    session.state(),
                    session.client().substring(0, Math.max(colon, 0)),
                    session.client().substring(colon + 1),
                    session.connectedAt().toString(),
                    session.applicationName(),
                    Integer.toString(session.pid()),
                    tenant.tenant(),
                    String.join(", ", session.pinned())));
        });
        return rows;
    }

    private List<List<String>> pins() {
        List<List<String>> rows = new ArrayList<>();
        eachSession((tenant, session) -> session.pinned()
                .forEach(reason -> rows.add(List.of(
                        tenant.tenant(), session.user(), session.client(), Integer.toString(session.pid()), reason))));
        return rows;
    }

    private interface SessionAction {
        void accept(TenantRouting tenant, SessionView session);
    }

    private void eachSession(SessionAction action) {
        for (TenantRouting tenant : tenants.get()) {
            tenant.sessions().stream()
                    .map(TenantSession::view)
                    .sorted(Comparator.comparing(SessionView::connectedAt))
                    .forEach(session -> action.accept(tenant, session));
        }
    }

    private List<List<String>> pools() {
        List<BackendView> open = backends.get().views().join();
        Map<PoolKey, Integer> waiting = backends.get().waiting();
        Set<PoolKey> keys = new TreeSet<>(Comparator.comparing(PoolKey::toString));
        open.forEach(view -> keys.add(view.key()));
        keys.addAll(waiting.keySet());
        return keys.stream()
                .map(key -> List.of(
                        key.cluster(),
                        key.database(),
                        key.user(),
                        key.tenant(),
                        Integer.toString(waiting.getOrDefault(key, 0)),
                        Long.toString(count(open, key, "active")),
                        Long.toString(count(open, key, "idle"))))
                .toList();
    }

    private static long count(List<BackendView> open, PoolKey key, String state) {
        return open.stream()
                .filter(view -> view.key().equals(key) && view.state().equals(state))
                .count();
    }

    private List<List<String>> backends() {
        return backends.get().views().join().stream()
                .map(view -> {
                    int colon = view.server().lastIndexOf(':');
                    return List.of(
                            "S",
                            view.key().user(),
                            view.key().database(),
                            view.state(),
                            view.server().substring(0, Math.max(colon, 0)),
                            view.server().substring(colon + 1),
                            Integer.toString(view.pid()),
                            view.key().cluster(),
                            view.key().tenant());
                })
                .toList();
    }

    private List<List<String>> databases() {
        return tenants.get().stream()
                .map(tenant -> {
                    Route route = tenant.route();
                    String schema = route.schema();
                    return List.of(
                            tenant.clientDatabase(),
                            route.cluster(),
                            route.database(),
                            schema == null ? "" : schema,
                            Integer.toString(tenant.policy().poolSize()),
                            tenant.policy().poolMode().name().toLowerCase(Locale.ROOT));
                })
                .toList();
    }

    private List<List<String>> lists() {
        Collection<TenantRouting> all = tenants.get();
        List<BackendView> open = backends.get().views().join();
        long active =
                open.stream().filter(view -> view.state().equals("active")).count();
        return List.of(
                List.of("databases", Integer.toString(all.size())),
                List.of(
                        "pools",
                        Long.toString(
                                open.stream().map(BackendView::key).distinct().count())),
                List.of(
                        "used_clients",
                        Integer.toString(all.stream()
                                .mapToInt(tenant -> tenant.sessions().size())
                                .sum())),
                List.of("used_servers", Long.toString(active)),
                List.of("free_servers", Long.toString(open.size() - active)));
    }

    private List<List<String>> stats() {
        ProxyMeters all = meters.get();
        return List.of(
                List.of("clients", Integer.toString(all.clients().get())),
                List.of("backends_open", Integer.toString(all.openConnections().get())),
                List.of("backends_idle", Integer.toString(all.idleConnections().get())),
                List.of("total_xact_count", Long.toString(all.transactions().sum())),
                List.of("total_xact_held", Long.toString((long) all.held().count())),
                List.of("total_mirrored", Long.toString(all.statements(Outcome.MIRRORED))),
                List.of("total_unchanged", Long.toString(all.statements(Outcome.UNCHANGED))),
                List.of("total_refused", Long.toString(all.statements(Outcome.REFUSED))),
                List.of("total_received", Long.toString(all.clientBytes().sum())),
                List.of("total_sent", Long.toString(all.backendBytes().sum())),
                List.of("logins_refused", Long.toString((long)
                        all.loginsRefused().count())),
                List.of("backends_found_dead", Long.toString((long)
                        all.deadConnections().count())),
                List.of("backend_connect_failures", Long.toString((long)
                        all.connectFailures().count())));
    }

    private static List<List<String>> help() {
        return List.of(
                List.of("SHOW TENANTS", "where each tenant stands"),
                List.of("SHOW PROXIES", "the proxies that share the control database"),
                List.of("SHOW SESSIONS", "the clients that are logged in; also SHOW CLIENTS"),
                List.of("SHOW POOLS", "connections to servers, by database and user, and who waits for one"),
                List.of("SHOW BACKENDS", "each connection to a server; also SHOW SERVERS"),
                List.of("SHOW LISTS", "how many there are of what the proxy keeps"),
                List.of("SHOW STATS", "what was counted since the start"),
                List.of("SHOW PINS", "sessions that keep their server connection, and why"),
                List.of("SHOW DATABASES", "what clients name as their database, and where it lies"),
                List.of("SHOW VERSION", "the version of the proxy"),
                List.of("FLIP tenant", "makes the idle side the serving one"),
                List.of("ROLLBACK tenant", "goes back; nothing written since the flip is lost"),
                List.of("RELOAD", "reads the configuration file again"));
    }
}
