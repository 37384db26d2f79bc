// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import dev.cutover.config.adminapi.WorkProgress;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.time.Deadline;
import dev.cutover.proxy.control.operation.Operations;
import dev.cutover.proxy.control.store.Announcements;
import dev.cutover.proxy.control.store.Bell;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.Surveys;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the control database for what other proxies have recorded, and claims tenants that no live proxy leads. Announcements make
 * it prompt; looking once a second makes it certain.
 */
public final class FleetWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FleetWatch.class);
    private static final long LOOK_MILLIS = 1_000;
    /** A proxy that was killed a moment ago leads its tenants until its server process notices. */
    private static final long FIRST_LOOK_MILLIS = 100;

    private static final int FIRST_LOOKS = 30;
    /** No transaction of the control database lasts as long. */
    private static final Duration RECENT = Duration.ofSeconds(30);

    private static final int ALL_EVERY = 30;
    /** A proxy that has lost its session connects again, and renews its lease, within a second. */
    private static final Duration UNHEARD = Duration.ofSeconds(2);

    private static final int FORGET_EVERY = 3_600;
    /** Limits how many tenants are followed at once. When a leader dies, thousands may change at the same moment. */
    private static final int THREADS = 64;

    private static final long IDLE_SECONDS = 60;

    private final ControlStore store;
    private final Supplier<Collection<Tenant>> tenants;
    private final Operations operations;
    private final OperationRequests requests;
    private final SurveyAnswers answers;
    private final Consumer<String> renamed;
    private final Map<Tenant, Following> following = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads;
    private final Thread thread = daemon(this::watch, "fleet-watch");
    private volatile boolean closed;
    /** The id that maintenance sessions have. */
    private String id;
    /** The id under which all tenants were looked at. */
    private String followed;

    /** The tenants whose progress the control database shows. */
    private final Set<String> shown = new HashSet<>();

    /** Another proxy has announced a survey. */
    private boolean asked;

    private int looks;
    private boolean failed;

    /** @param renamed receives the proxy's new id, once nothing works under the former one */
    public FleetWatch(
            ControlStore store,
            Supplier<Collection<Tenant>> tenants,
            Operations operations,
            OperationRequests requests,
            Consumer<String> renamed) {
        this.store = store;
        this.tenants = tenants;
        this.operations = operations;
        this.requests = requests;
        this.answers = new SurveyAnswers(store.surveys());
        this.renamed = renamed;
        this.id = store.membership().id();
        this.followed = id;
        this.threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> daemon(task, "fleet-tenant"));
        threads.allowCoreThreadTimeOut(true);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    public void start() {
        thread.start();
    }

    private void watch() {
        try (Announcements announcements =
                store.announcements(List.of(ControlStore.CHANNEL, Bell.CHANNEL, Surveys.CHANNEL))) {
            Deadline look = Deadline.after(Duration.ZERO);
            while (!closed) {
                try {
                    long left = Math.max(1, look.millisLeft());
                    announcements.await(Math.min(left, LOOK_MILLIS), this::announced);
                    if (asked) {
                        asked = false;
                        answers.look(byName());
                    }
                    if (look.passed()) {
                        look = Deadline.after(Duration.ofMillis(looks < FIRST_LOOKS ? FIRST_LOOK_MILLIS : LOOK_MILLIS));
                        look();
                    }
                    failed = false;
                } catch (SQLException | RuntimeException | Error e) {
                    if (closed) {
                        return;
                    }
                    failed(e);
                    Thread.sleep(LOOK_MILLIS / 10);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void failed(Throwable e) {
        if (!failed) {
            failed = true;
            LOG.warn("the control database cannot be watched reason={}", reason(e));
        }
        tenants.get().forEach(tenant -> of(tenant).withoutControl());
    }

    private static String reason(Throwable e) {
        return e instanceof Exception exception ? OneLine.of(exception) : e.toString();
    }

    private void announced(String channel, String name) {
        if (channel.equals(Bell.CHANNEL)) {
            store.bell().ring();
            return;
        }
        if (channel.equals(Surveys.CHANNEL)) {
            asked = true;
            return;
        }
        for (Tenant tenant : tenants.get()) {
            if (tenant.name().equals(name)) {
                of(tenant).changed();
            }
        }
    }

    /** The status at other proxies shows it. */
    private void showWork(Collection<Tenant> all) throws SQLException {
        for (Tenant tenant : all) {
            WorkProgress work = tenant.leads() ? operations.work(tenant) : null;
            if (work != null) {
                shown.add(tenant.name());
                store.work().show(tenant.name(), work);
            } else if (shown.remove(tenant.name()) && tenant.leads()) {
                store.work().clear(tenant.name());
            }
        }
    }

    private Map<String, Tenant> byName() {
        return tenants.get().stream().collect(Collectors.toMap(Tenant::name, tenant -> tenant));
    }

    private Following of(Tenant tenant) {
        return following.computeIfAbsent(tenant, absent -> new Following(absent, store, operations, requests, threads));
    }

    private void look() throws SQLException {
        Map<String, Tenant> byName = byName();
        following.keySet().retainAll(byName.values());
        for (TenantRecord row : store.changed(looks++ % ALL_EVERY == 0 ? null : RECENT)) {
            Tenant tenant = byName.get(row.tenant());
            if (tenant != null && row.revision() != tenant.row().revision()) {
                of(tenant).changed();
            }
        }
        if (renamed(byName.values()) && store.membership().judges()) {
            claim(byName);
        }
        for (Tenant tenant : byName.values()) {
            Following each = of(tenant);
            if (!each.settled()) {
                each.changed();
            }
            each.tick();
        }
        answers.look(byName);
        showWork(byName.values());
        if (looks % FORGET_EVERY == 1) {
            requests.forget();
            store.jointFlips().forget();
        }
        for (String name : requests.look()) {
            Tenant tenant = byName.get(name);
            if (tenant != null) {
                of(tenant).changed();
            }
        }
    }

    /**
     * The lease had run out, and others may have taken over what this proxy led. It leads nothing now. Its maintenance sessions keep the
     * former id, by which they are expelled, until nothing of its operations and its resync is left. Only then it claims again.
     *
     * @return whether the sessions have this proxy's id
     */
    private boolean renamed(Collection<Tenant> all) {
        String now = store.membership().id();
        if (now.equals(id)) {
            return true;
        }
        if (!now.equals(followed)) {
            followed = now;
            all.forEach(tenant -> of(tenant).changed());
            return false;
        }
        if (all.stream().anyMatch(this::works)) {
            return false;
        }
        id = now;
        renamed.accept(now);
        return true;
    }

    /** Whether something of an operation or of resync may be running. A gate that waits to be drained uses no maintenance session. */
    private boolean works(Tenant tenant) {
        ActiveMirror current = tenant.mirroring();
        return tenant.leads() || operations.running(tenant.name()) != null || current != null && current.carries();
    }

    private void claim(Map<String, Tenant> byName) throws SQLException {
        Set<String> leaderless =
                store.leaderless().stream().filter(byName::containsKey).collect(Collectors.toSet());
        if (leaderless.isEmpty()) {
            return;
        }
        // It may not have noticed yet that the control database was away.
        store.membership().require();
        if (store.membership().judges()) {
            for (String name : store.claim(leaderless, UNHEARD)) {
                Tenant tenant = byName.get(name);
                if (tenant != null) {
                    of(tenant).claimed();
                }
            }
        }
    }

    /** Before anything else is closed: no tenant is claimed any more. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        threads.shutdown();
        answers.close();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
