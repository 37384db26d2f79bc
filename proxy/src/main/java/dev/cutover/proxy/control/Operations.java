package dev.cutover.proxy.control;

import dev.cutover.config.Phase;
import dev.cutover.config.control.Blocker;
import dev.cutover.config.control.Finding;
import dev.cutover.config.control.FlipResult;
import dev.cutover.config.control.Operation;
import dev.cutover.config.control.Operation.Progress;
import dev.cutover.config.control.Operation.State;
import dev.cutover.config.control.OperationRequest;
import dev.cutover.config.runtime.Text;
import dev.cutover.proxy.control.Verb.Outcome;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs verbs: one at a time for each tenant, different tenants side by side. Keeps the last operation of each tenant so
 * that whoever started it can ask what became of it, and writes each to the audit log. Where one has failed for want of a server
 * and has left something half done, it is put right as soon as the server answers: that is an operation, too.
 */
final class Operations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

    private static final long GIVING_WAY_MILLIS = 20_000;

    private final ControlStore store;
    private final Map<String, Slot> lastByTenant = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "operation");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean closing;

    Operations(ControlStore store) {
        this.store = store;
    }

    /**
     * Starts a verb. One that works by the proxy's own will gives way to it.
     *
     * @throws RefusedException if another one works on the tenant
     */
    Operation start(Tenant tenant, Verb verb, OperationRequest request, String actor) throws RefusedException {
        return start(tenant, verb, request, actor, new Slot(tenant.name(), verb.name(), null, false));
    }

    /** Starts a verb by the proxy's own will, if nothing is at work on the tenant. It gives way to any other. */
    void startAside(Tenant tenant, Verb verb) {
        try {
            if (running(tenant.name()) == null) {
                Slot slot = new Slot(tenant.name(), verb.name(), null, true);
                start(tenant, verb, OperationRequest.PLAIN, "the proxy", slot);
            }
        } catch (RefusedException e) {
            LOG.debug("{} has to wait tenant={}", verb.name(), tenant.name());
        }
    }

    private Operation start(Tenant tenant, Verb verb, OperationRequest request, String actor, Slot slot)
            throws RefusedException {
        Slot current = occupy(tenant.name(), slot);
        if (current.aside && !slot.aside && current != slot) {
            current.giveWay();
            current = occupy(tenant.name(), slot);
        }
        if (current != slot) {
            throw new RefusedException(current.operation.verb() + " is at work on tenant " + tenant.name());
        }
        threads.execute(() -> run(tenant, verb, request, actor, slot));
        return slot.operation;
    }

    /** @return the tenant's slot: this one, unless another has not ended */
    private Slot occupy(String tenant, Slot slot) {
        return lastByTenant.compute(tenant, (name, last) -> last != null && !last.operation.ended() ? last : slot);
    }

    /** Starts a verb by the proxy's own will on a tenant that nobody can have reached yet. */
    void startFirst(Tenant tenant, Verb verb) {
        try {
            start(tenant, verb, OperationRequest.PLAIN, "restart");
        } catch (RefusedException e) {
            throw new IllegalStateException("nothing can be at work on a tenant that was just loaded", e);
        }
    }

    /** Waits for the operation to end, at most so long; then answers how it stands. */
    Optional<Operation> await(String tenant, String id, long millis) throws InterruptedException {
        Slot slot = lastByTenant.get(tenant);
        if (slot != null && slot.before != null && slot.before.operation.id().equals(id)) {
            slot = slot.before;
        }
        if (slot == null || !slot.operation.id().equals(id)) {
            return Optional.empty();
        }
        slot.awaitEnd(millis);
        return Optional.of(slot.operation);
    }

    @Nullable String running(String tenant) {
        Slot slot = lastByTenant.get(tenant);
        return slot == null || slot.operation.ended() ? null : slot.operation.verb();
    }

    /** How far the tenant's operation has come; null if none is at work or it does not count. */
    @Nullable Counted progress(String tenant) {
        Slot slot = lastByTenant.get(tenant);
        return slot == null || slot.operation.ended() ? null : slot.counted();
    }

    /**
     * What an operation has counted.
     *
     * @param before what had been done when it began
     * @param nanos since then
     */
    record Counted(long before, long done, long total, long nanos) {
        long perSecond() {
            return (long) ((done - before) * 1e9 / Math.max(1, nanos));
        }

        @Nullable Long secondsLeft() {
            long rate = perSecond();
            return rate == 0 ? null : Math.max(0, total - done) / rate;
        }
    }

    private void run(Tenant tenant, Verb verb, OperationRequest request, String actor, Slot slot) {
        boolean recovering = verb instanceof RecoverLater;
        Exception failure = null;
        End end;
        try {
            if (!recovering) {
                Recovery.complete(tenant);
            }
            Outcome outcome = verb.run(tenant, request, slot);
            end = new End(State.SUCCEEDED, outcome.message(), outcome.flip(), List.of(), outcome.findings());
        } catch (RefusedException e) {
            failure = e;
            end = refused(tenant, e, slot.changes());
        } catch (DrainTimeoutException e) {
            failure = e;
            end = new End(State.TIMED_OUT, Text.firstLine(e), null, e.blockers(), List.of());
        } catch (InterruptedException e) {
            end = End.failed(slot.gaveWay ? "another command came first" : "interrupted: the proxy is going down");
        } catch (SQLException | RuntimeException e) {
            failure = e;
            LOG.warn("operation failed tenant={} verb={}", tenant.name(), verb.name(), e);
            end = End.failed(Text.firstLine(e) + told(slot.changes()));
        }
        boolean recover = !recovering && !closing && Recovery.needed(tenant, failure);
        Verb next = new RecoverLater();
        Slot recovery = new Slot(tenant.name(), next.name(), slot, false);
        if (recover) {
            // Before this one ends: nobody else comes in between.
            lastByTenant.put(tenant.name(), recovery);
        }
        Operation ended = slot.ended(end);
        // Who sees that it has ended finds it in the history; and it ends, whatever becomes of that.
        try {
            audit(ended, actor);
        } finally {
            slot.end(ended);
        }
        if (recover) {
            run(tenant, next, OperationRequest.PLAIN, "recovery", recovery);
        }
    }

    /** A refusal, or a failure if something stays changed. */
    private static End refused(Tenant tenant, RefusedException e, List<String> changes) {
        boolean unchanged = changes.isEmpty() && tenant.phase() != Phase.SWITCHING;
        return new End(
                unchanged ? State.REFUSED : State.FAILED,
                Text.firstLine(e) + told(changes),
                null,
                List.of(),
                e.findings());
    }

    private static String told(List<String> changes) {
        return changes.isEmpty() ? "" : "; changed before that: " + String.join(", ", changes);
    }

    /** How an operation has ended. */
    private record End(
            State state, String message, @Nullable FlipResult flip, List<Blocker> blockers, List<Finding> findings) {
        static End failed(String message) {
            return new End(State.FAILED, message, null, List.of(), List.of());
        }
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
        } catch (SQLException e) {
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

    /** One operation and those who wait for it. */
    private final class Slot implements Verb.Listener {
        private volatile Operation operation;
        /** The operation that this one puts right, which somebody may still ask for. */
        private final @Nullable Slot before;

        /** Whether it works by the proxy's own will and gives way to any other. */
        private final boolean aside;

        private volatile boolean gaveWay;
        private final List<String> changes = new CopyOnWriteArrayList<>();
        private long countedFrom = -1;
        private long countedSince;

        Slot(String tenant, String verb, @Nullable Slot before, boolean aside) {
            this.before = before;
            this.aside = aside;
            operation = new Operation(
                    UUID.randomUUID().toString(),
                    tenant,
                    verb,
                    State.RUNNING,
                    verb + " is at work",
                    null,
                    null,
                    List.of(),
                    List.of(),
                    Instant.now(),
                    null);
        }

        @Override
        public synchronized void progress(String unit, long done, long total) {
            if (countedFrom < 0) {
                countedFrom = done;
                countedSince = System.nanoTime();
            }
            operation = new Operation(
                    operation.id(),
                    operation.tenant(),
                    operation.verb(),
                    State.RUNNING,
                    operation.message(),
                    new Progress(unit, done, total),
                    null,
                    List.of(),
                    List.of(),
                    operation.startedAt(),
                    null);
        }

        @Override
        public void changed(String what) {
            changes.add(what);
        }

        List<String> changes() {
            return changes;
        }

        synchronized @Nullable Counted counted() {
            Progress progress = operation.progress();
            return progress == null
                    ? null
                    : new Counted(countedFrom, progress.done(), progress.total(), System.nanoTime() - countedSince);
        }

        @Override
        public BooleanSupplier cancelled() {
            return () -> closing || gaveWay;
        }

        /** What it is once it has ended so. */
        Operation ended(End end) {
            return new Operation(
                    operation.id(),
                    operation.tenant(),
                    operation.verb(),
                    end.state(),
                    end.message(),
                    operation.progress(),
                    end.flip(),
                    end.blockers(),
                    end.findings(),
                    operation.startedAt(),
                    Instant.now());
        }

        synchronized void end(Operation ended) {
            operation = ended;
            notifyAll();
        }

        /** Returns when it has ended, or does not end soon. */
        void giveWay() {
            gaveWay = true;
            try {
                awaitEnd(GIVING_WAY_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        synchronized void awaitEnd(long millis) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            while (!operation.ended()) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                wait(left);
            }
        }
    }
}
