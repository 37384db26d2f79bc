// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.adminapi.WorkProgress;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.refusal.BusyException;
import dev.cutover.proxy.control.refusal.DrainTimeoutException;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.Throttled;
import dev.cutover.proxy.control.verb.BackfillVerb;
import dev.cutover.proxy.control.verb.Verb;
import dev.cutover.proxy.control.verb.Verb.Outcome;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs verbs: one at a time for each tenant, different tenants side by side. Keeps the last operation of each tenant so
 * that whoever started it can ask for its outcome, and writes each to the audit log. Where one has failed for want of a server
 * and has left something half done, it is put right as soon as the server answers: that is an operation, too.
 */
public final class Operations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

    /** What keeps verbs off a tenant that a reload removes. */
    private static final String REMOVE = "remove";

    private final ControlStore store;
    private final Map<String, OperationSlot> lastByTenant = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "operation");
        thread.setDaemon(true);
        return thread;
    });
    private final RecoveryTurns turns = new RecoveryTurns();
    private volatile boolean closing;

    public Operations(ControlStore store) {
        this.store = store;
    }

    /**
     * Starts a verb. One that works by the proxy's own will gives way to it.
     *
     * @throws RefusedException if another one works on the tenant
     */
    public <R extends VerbRequest> Operation start(Tenant tenant, Verb<R> verb, R request, String actor)
            throws RefusedException {
        return start(tenant, verb, request, actor, slot(tenant, verb, null, false));
    }

    /** Starts a verb by the proxy's own will, if nothing is running on the tenant. It gives way to any other. */
    <R extends VerbRequest> void startAside(Tenant tenant, Verb<R> verb, R request) {
        try {
            if (running(tenant.name()) == null) {
                OperationSlot slot = slot(tenant, verb, null, true);
                start(tenant, verb, request, "the proxy", slot);
            }
        } catch (RefusedException e) {
            LOG.debug("{} has to wait tenant={}", verb.name(), tenant.name());
        }
    }

    private <R extends VerbRequest> Operation start(
            Tenant tenant, Verb<R> verb, R request, String actor, OperationSlot slot) throws RefusedException {
        OperationSlot current = occupy(tenant.name(), slot);
        if (current != slot && !slot.aside()) {
            current.awaitFirstRecovery();
            if (current.aside()) {
                current.giveWay();
            }
            current = occupy(tenant.name(), slot);
        }
        if (current != slot) {
            throw new BusyException(tenant.name(), current.operation().verb());
        }
        Step<R> first = new Step<>(verb, request, actor, slot);
        try {
            threads.execute(() -> {
                for (Step<?> step = first; step != null; ) {
                    step = run(tenant, step);
                }
            });
        } catch (RuntimeException | Error e) {
            // No thread could be started, for want of memory.
            slot.end(slot.ended(OperationSlot.End.failed("no thread could be started: " + e)));
            throw e;
        }
        return slot.operation();
    }

    /** An operation and who asked for it. */
    private record Step<R extends VerbRequest>(Verb<R> verb, R request, String actor, OperationSlot slot) {
        Outcome run(Tenant tenant) throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
            return verb.run(tenant, request, slot);
        }

        boolean preview() {
            return verb.preview(request);
        }
    }

    /** @return the tenant's slot: this one, unless another has not ended */
    private OperationSlot occupy(String tenant, OperationSlot slot) {
        return lastByTenant.compute(
                tenant, (name, last) -> last != null && !last.operation().ended() ? last : slot);
    }

    /** Another proxy leads the tenant: what is running on it here ends at its next safe point. Returns when it has. */
    public void end(String tenant) throws InterruptedException {
        OperationSlot slot = lastByTenant.get(tenant);
        while (slot != null && !slot.operation().ended()) {
            slot.giveWay();
            slot = lastByTenant.get(tenant);
        }
    }

    /** Recovers a tenant that was just loaded, or claimed. A verb that is asked for meanwhile waits for the first attempt. */
    public void startRecovery(Tenant tenant) {
        try {
            start(tenant, new RecoverVerb(turns, false), VerbRequest.PLAIN, "restart");
        } catch (RefusedException e) {
            // A verb was asked for first; it has the tenant recovered, too.
            LOG.debug("recover has to wait tenant={}", tenant.name());
        }
    }

    /**
     * Lets no verb begin on a tenant that is to be removed.
     *
     * @return why the tenant cannot be removed; null if it can
     */
    @Nullable String reserve(Tenant tenant) {
        OperationSlot slot = slot(tenant, REMOVE, lastByTenant.get(tenant.name()), false);
        OperationSlot current = occupy(tenant.name(), slot);
        if (current != slot && current.aside()) {
            current.giveWay();
            current = occupy(tenant.name(), slot);
        }
        if (current != slot) {
            return "the tenant is busy: " + current.operation().verb() + " is running; reload when that has ended";
        }
        if (tenant.phase() != Phase.STEADY || Recovery.neededAtStart(tenant)) {
            release(tenant.name());
            return "the tenant is " + tenant.phase() + "; complete or abort its transition, and reload";
        }
        return null;
    }

    /** Lets verbs begin on a tenant that is not removed after all, or that has come back. */
    void release(String tenant) {
        lastByTenant.computeIfPresent(
                tenant, (name, slot) -> slot.operation().verb().equals(REMOVE) ? slot.before() : slot);
    }

    /** Waits for the operation to end, at most so long; then answers how it stands. */
    public Optional<Operation> await(String tenant, String id, long millis) throws InterruptedException {
        OperationSlot slot = lastByTenant.get(tenant);
        OperationSlot before = slot == null ? null : slot.before();
        if (before != null && before.operation().id().equals(id)) {
            slot = before;
        }
        if (slot == null || !slot.operation().id().equals(id)) {
            return Optional.empty();
        }
        slot.awaitEnd(millis);
        return Optional.of(slot.operation());
    }

    public @Nullable String running(String tenant) {
        OperationSlot slot = lastByTenant.get(tenant);
        return slot == null || slot.operation().ended()
                ? null
                : slot.operation().verb();
    }

    /** How far the tenant's operation has come; null if none is running or it does not count. */
    private @Nullable OperationCount progress(String tenant) {
        OperationSlot slot = lastByTenant.get(tenant);
        return slot == null || slot.operation().ended() ? null : slot.counted();
    }

    /** What the tenant's backfill or verification has done; null while none is running here. */
    public @Nullable WorkProgress work(Tenant tenant) {
        Throttled pace = tenant.pace();
        String verb = running(tenant.name());
        OperationCount counted = progress(tenant.name());
        if (pace == null || verb == null || counted == null) {
            return null;
        }
        return new WorkProgress(
                verb,
                counted.done(),
                counted.total(),
                counted.perSecond(),
                counted.secondsLeft(),
                tenant.paused(),
                pace.reason());
    }

    /** @return what follows; null for nothing */
    private @Nullable Step<?> run(Tenant tenant, Step<?> step) {
        Verb<?> verb = step.verb();
        OperationSlot slot = step.slot();
        boolean recovering = verb instanceof RecoverVerb;
        Exception failure = null;
        OperationSlot.End end;
        try {
            tenant.requireLead();
            if (!recovering) {
                Recovery.complete(tenant, verb.requiresRecovery());
            }
            Outcome outcome = step.run(tenant);
            end = OperationSlot.End.succeeded(outcome);
        } catch (RefusedException e) {
            failure = e;
            end = refused(tenant, e, slot.changes());
        } catch (DrainTimeoutException e) {
            failure = e;
            end = OperationSlot.End.timedOut(OneLine.of(e), e.blockers());
        } catch (InterruptedException e) {
            end = OperationSlot.End.failed(
                    slot.gaveWay() ? "another command came first" : "interrupted: the proxy is going down");
        } catch (SQLException e) {
            failure = e;
            LOG.warn("operation failed tenant={} verb={} error={}", tenant.name(), verb.name(), OneLine.of(e));
            LOG.debug("operation failed tenant={} verb={}", tenant.name(), verb.name(), e);
            end = OperationSlot.End.failed(OneLine.of(e) + told(slot.changes()));
        } catch (RuntimeException e) {
            failure = e;
            LOG.warn("operation failed tenant={} verb={}", tenant.name(), verb.name(), e);
            end = OperationSlot.End.failed(OneLine.of(e) + told(slot.changes()));
        } catch (Error e) {
            // The slot must end: no other verb could begin on the tenant.
            failure = new IllegalStateException(e);
            LOG.error("operation failed tenant={} verb={}", tenant.name(), verb.name(), e);
            end = OperationSlot.End.failed(e + told(slot.changes()));
        }
        // The operation ends even if this fails. Otherwise no other verb could begin on the tenant.
        Step<?> next = null;
        try {
            if (Recovery.atWork(tenant)) {
                tenant.recovered();
            }
            next = following(tenant, step, failure);
        } catch (RuntimeException | Error e) {
            LOG.error("nothing follows the operation tenant={} verb={}", tenant.name(), verb.name(), e);
        }
        if (next != null) {
            // Before this one ends: nobody else comes in between.
            lastByTenant.put(tenant.name(), next.slot());
        }
        Operation ended = slot.ended(end);
        // First the history: a client that sees the end finds the entry.
        if (!step.preview()) {
            audit(ended, step.actor());
        }
        slot.end(ended);
        return next;
    }

    private @Nullable Step<?> following(Tenant tenant, Step<?> step, @Nullable Exception failure) {
        if (closing || !tenant.leads()) {
            return null;
        }
        if (step.verb() instanceof RecoverVerb) {
            boolean backfill =
                    tenant.row().pendingWork() == TenantRecord.PendingWork.BACKFILL && tenant.mirroring() != null;
            return failure == null && backfill
                    ? following(tenant, BackfillVerb.again(), new VerbRequest.Backfill(null), step.actor(), step.slot())
                    : null;
        }
        return Recovery.needed(tenant, failure)
                ? following(
                        tenant,
                        new RecoverVerb(turns, step.slot().before() != null),
                        VerbRequest.PLAIN,
                        "recovery",
                        step.slot())
                : null;
    }

    private OperationSlot slot(Tenant tenant, Verb<?> verb, @Nullable OperationSlot before, boolean aside) {
        return slot(tenant, verb.name(), before, aside);
    }

    private OperationSlot slot(Tenant tenant, String verb, @Nullable OperationSlot before, boolean aside) {
        return new OperationSlot(tenant.name(), verb, before, aside, () -> closing);
    }

    private <R extends VerbRequest> Step<R> following(
            Tenant tenant, Verb<R> verb, R request, String actor, OperationSlot before) {
        before.followed();
        return new Step<>(verb, request, actor, slot(tenant, verb, before, false));
    }

    /** A refusal, or a failure if something stays changed. */
    private static OperationSlot.End refused(Tenant tenant, RefusedException e, List<String> changes) {
        boolean unchanged = changes.isEmpty() && tenant.phase() != Phase.SWITCHING;
        return OperationSlot.End.refused(
                unchanged ? State.REFUSED : State.FAILED, OneLine.of(e) + told(changes), e.findings());
    }

    private static String told(List<String> changes) {
        return changes.isEmpty() ? "" : "; changed before that: " + String.join(", ", changes);
    }

    private void audit(Operation operation, String actor) {
        LOG.info(
                "operation ended tenant={} verb={} actor={} state={} message={}",
                operation.tenant(),
                operation.verb(),
                actor,
                operation.state(),
                operation.message());
        try {
            store.audit(
                    operation.tenant(),
                    actor,
                    operation.verb(),
                    operation.state().name(),
                    operation.message() + guardrails(operation));
        } catch (SQLException | RuntimeException | Error e) {
            LOG.warn("audit entry lost tenant={} verb={}", operation.tenant(), operation.verb(), e);
        }
    }

    /** What the guardrails found, by name. */
    private static String guardrails(Operation operation) {
        String found = operation.findings().stream()
                .map(finding -> finding.guardrail() + (finding.blocking() ? "" : " (note)"))
                .distinct()
                .collect(Collectors.joining(", "));
        return found.isEmpty() ? "" : " [" + found + "]";
    }

    /** Long work stops at its next safe point and is taken up again by the next proxy. */
    @Override
    public void close() throws InterruptedException {
        closing = true;
        threads.shutdown();
        if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
            threads.shutdownNow();
        }
    }

    /** After {@link #close}: whether nothing is running any more. */
    public boolean ended() {
        return threads.isTerminated();
    }
}
