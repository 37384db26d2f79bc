// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.cutover.config.BypassingWriters;
import dev.cutover.config.Phase;
import dev.cutover.config.PinnedPolicy;
import dev.cutover.config.adminapi.Blocker;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.proxy.control.operation.Operations;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import dev.cutover.proxy.control.verb.Blockers;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.route.TenantSession;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one tenant of this proxy to what its row in the control database says. One thread at a time does, so nothing of this class is
 * safe for several threads but {@link #changed} and {@link #claimed}.
 *
 * <pre>
 * the row says                       this proxy
 * another proxy leads, gates open    takes the route over, plans its clients' mirrored statements, opens its gate
 * another proxy leads, gates closed  closes its gate, and says when none of the tenant's transactions is running
 * this proxy leads                   recovers the tenant if it did not lead before; takes up what operators ask for elsewhere
 * </pre>
 */
final class Following {
    private static final Logger LOG = LoggerFactory.getLogger(Following.class);
    private static final Duration SLICE = Duration.ofMillis(20);
    /** How often the transactions are reported that keep the gate from draining. */
    private static final Duration REPORT = Duration.ofMillis(300);

    private final Tenant tenant;
    private final ControlStore store;
    private final Operations operations;
    private final OperationRequests requests;
    private final Executor threads;

    private boolean running;
    private boolean again;
    /** This proxy has claimed the tenant, and has not yet begun to lead it. */
    private volatile boolean claimed;

    /** For the route that a flip under way will bring. */
    private @Nullable ActiveMirror prepared;

    private @Nullable String trouble;
    /** Whether a look at the tables that mark is under way. */
    private final AtomicBoolean ticking = new AtomicBoolean();

    /** The revision for which this proxy has said, under an id, that its gate is closed and drained. */
    private volatile Said said = new Said("", -1);

    private record Said(String proxy, long revision) {}

    Following(Tenant tenant, ControlStore store, Operations operations, OperationRequests requests, Executor threads) {
        this.tenant = tenant;
        this.store = store;
        this.operations = operations;
        this.requests = requests;
        this.threads = threads;
    }

    /** The tenant's row has changed, or may have. */
    synchronized void changed() {
        again = true;
        if (!running) {
            running = true;
            try {
                threads.execute(this::run);
            } catch (RuntimeException | Error e) {
                // No thread could be started, for want of memory. The next look tries again.
                running = false;
                throw e;
            }
        }
    }

    /** This proxy has claimed the tenant. */
    void claimed() {
        claimed = true;
        changed();
    }

    private synchronized boolean pending() {
        return again;
    }

    private synchronized boolean next() {
        running = again;
        again = false;
        return running;
    }

    private void run() {
        while (next()) {
            try {
                follow();
                trouble = null;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (SQLException | RuntimeException e) {
                failed(OneLine.of(e));
            } catch (Error e) {
                failed(e.toString());
            }
        }
    }

    private void failed(String reason) {
        if (!reason.equals(trouble)) {
            LOG.warn("the tenant's row cannot be followed, will retry tenant={} reason={}", tenant.name(), reason);
        }
        trouble = reason;
    }

    private void follow() throws SQLException, InterruptedException {
        TenantRecord row = tenant.recorded();
        if (!store.membership().id().equals(row.leader())) {
            if (tenant.leads()) {
                stepDown();
            }
            tenant.adopt(row);
            obey(row);
        } else if (claimed || !tenant.leads()) {
            begin(row);
        } else {
            requests.takeUp(tenant);
        }
    }

    /**
     * Another proxy may lead the tenant. Nothing of this one's operation and resync is left when this returns: its maintenance sessions
     * may get another id then, which nobody expels.
     */
    private void stepDown() throws InterruptedException {
        LOG.warn("this proxy no longer leads the tenant tenant={}", tenant.name());
        tenant.follow();
        ActiveMirror current = tenant.mirroring();
        if (current != null) {
            // A step of resync may wait for a connection. Until it has ended, the mirroring stays to be seen: the proxy
            // keeps its id.
            current.close();
        }
        tenant.replaceMirroring(null);
        operations.end(tenant.name());
    }

    /** A claim always recovers the tenant: others may have led it since this proxy did. */
    private void begin(TenantRecord row) throws InterruptedException {
        claimed = false;
        if (tenant.leads()) {
            stepDown();
        }
        tenant.adopt(row);
        tenant.lead();
        LOG.info("this proxy leads the tenant tenant={} phase={}", tenant.name(), row.phase());
        operations.startRecovery(tenant);
        requests.takeUp(tenant);
    }

    /** Does what the row asks for, until it asks for nothing more or has changed. */
    private void obey(TenantRecord row) throws SQLException, InterruptedException {
        Deadline report = Deadline.after(REPORT);
        while (!pending()) {
            MemberRule.Action action = next(row, true);
            switch (action) {
                case CLOSE -> tenant.routing().gate().close();
                case ACKNOWLEDGE -> acknowledge(row);
                case OPEN, TAKE -> serve(row);
                case OPEN_WITHOUT_CONTROL, NOTHING -> {
                    if (!row.closed() || acknowledged() == row.revision()) {
                        // A plan could not be made before, or the setting of a tenant's mirroring has changed.
                        mirrorAgain(row);
                        return;
                    }
                    tenant.routing().gate().awaitDrained(SLICE);
                    if (report.passed()) {
                        report = Deadline.after(REPORT);
                        store.acknowledgements().say(tenant.name(), row.revision(), blockers());
                    }
                }
            }
        }
    }

    private MemberRule.Action next(TenantRecord row, boolean answers) {
        Gate gate = tenant.routing().gate();
        return MemberRule.next(new MemberRule.View(
                new MemberRule.Row(row.closed(), row.revision(), row.epoch()),
                new MemberRule.Own(
                        tenant.routing().route().epoch(), gate.closed(), gate.inFlight() != 0, acknowledged()),
                new MemberRule.Link(answers, store.membership().current()),
                tenant.config().bypassingWriters() == BypassingWriters.REFUSE));
    }

    private long acknowledged() {
        Said last = said;
        return last.proxy().equals(store.membership().id()) ? last.revision() : -1;
    }

    /**
     * While the control database does not answer. Once the lease has run out, nobody waits for this proxy. The fence refuses what it
     * would write by a route that is no longer the tenant's; reads may come from the side that served before.
     */
    void withoutControl() {
        if (!tenant.leads() && next(tenant.row(), false) == MemberRule.Action.OPEN_WITHOUT_CONTROL) {
            tenant.routing().gate().open();
        }
    }

    private void acknowledge(TenantRecord row) throws SQLException {
        String self = store.membership().id();
        store.acknowledgements().say(tenant.name(), row.revision(), null);
        said = new Said(self, row.revision());
        if (row.phase() == Phase.SWITCHING) {
            prepare(row);
        }
    }

    private String blockers() {
        List<Blocker> blockers = Blockers.of(tenant, Instant.now());
        try {
            return Json.mapper().writeValueAsString(blockers);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The flip has not been recorded yet; what its route needs is made ready. */
    private void prepare(TenantRecord row) {
        try {
            prepared = mirroring(row.withRoute(row.serving().other(), row.epoch() + 1));
        } catch (SQLException | RefusedException | RuntimeException e) {
            LOG.info("the next route cannot be prepared tenant={} reason={}", tenant.name(), OneLine.of(e));
        }
    }

    /** Clients do not wait for a plan: until there is one, their statements pass as they are, and the net marks what they write. */
    private void serve(TenantRecord row) throws SQLException {
        ActiveMirror ready = prepared;
        prepared = null;
        if (!mirrors(row)) {
            tenant.replaceMirroring(row.phase().mirroring() && ready != null && matches(ready, row) ? ready : null);
        }
        if (!row.phase().mirroring()) {
            tenant.recovered();
        }
        tenant.publishRoute("");
        tenant.routing().gate().open();
        if (tenant.routing().policy().pinned() == PinnedPolicy.TERMINATE) {
            tenant.routing().sessions().forEach(TenantSession::endIfLeftBehind);
        }
        mirrorAgain(row);
        tenant.publishSchemaVersion();
    }

    private void mirrorAgain(TenantRecord row) throws SQLException {
        if (!row.closed() && !mirrors(row)) {
            mirror(row);
            tenant.publishRoute();
        }
    }

    /** Whether clients' statements are planned as the row says, and resync is left to the leader. */
    private boolean mirrors(TenantRecord row) {
        ActiveMirror current = tenant.mirroring();
        return row.phase().mirroring()
                ? current != null && !current.carries() && matches(current, row)
                : current == null;
    }

    /** If no plan can be made, statements pass as they are, and the net marks what they write. */
    private void mirror(TenantRecord row) throws SQLException {
        if (!row.phase().mirroring()) {
            tenant.replaceMirroring(null);
            tenant.recovered();
            return;
        }
        try {
            tenant.replaceMirroring(mirroring(row));
            tenant.recovered();
        } catch (SQLException | RefusedException | RuntimeException e) {
            tenant.replaceMirroring(null);
            tenant.awaitsRecovery(OneLine.of(e));
        }
    }

    private static boolean matches(ActiveMirror mirroring, TenantRecord row) {
        return mirroring.plan().serving() == row.serving()
                && mirroring.plan().token().equals(MirrorToken.of(secret(row), row.epoch()));
    }

    private static String secret(TenantRecord row) {
        return Objects.requireNonNull(row.token(), "a mirroring tenant has a secret");
    }

    private ActiveMirror mirroring(TenantRecord row) throws SQLException, RefusedException {
        TenantSides movement = tenant.movement();
        return tenant.newMirroring(
                MirrorPlans.orRefuse(MirrorPlans.draw(movement, row.serving(), secret(row), row.epoch())),
                movement.placement(row.serving()));
    }

    /** Whether this proxy does what the row as it was last seen says. */
    boolean settled() {
        TenantRecord row = tenant.row();
        if (tenant.leads()) {
            return true;
        }
        boolean done = next(row, true) == MemberRule.Action.NOTHING;
        return done && (row.closed() ? acknowledged() == row.revision() : mirrors(row));
    }

    /** What a proxy that does not lead does from time to time. Returns at once. */
    void tick() {
        ActiveMirror current = tenant.mirroring();
        if (!tenant.leads() && current != null && current.marks() && ticking.compareAndSet(false, true)) {
            threads.execute(() -> {
                try {
                    current.lookAtFallback();
                } catch (SQLException | RuntimeException e) {
                    LOG.debug("tables that mark cannot be looked at tenant={} reason={}", tenant.name(), OneLine.of(e));
                } finally {
                    ticking.set(false);
                }
            });
        }
    }
}
