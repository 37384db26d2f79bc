// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.adminapi.Blocker;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.FlipResult;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.Progress;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.time.Deadline;
import dev.cutover.proxy.control.verb.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One operation and those who wait for it. Safe for use by many threads. */
public final class OperationSlot implements Verb.Listener {
    private volatile Operation operation;
    /** The operation that this one puts right, which somebody may still ask for. */
    private volatile @Nullable OperationSlot before;

    private final BooleanSupplier closing;

    /** Whether it works by the proxy's own will and gives way to any other. */
    private volatile boolean aside;

    private boolean waiting;

    private static final long GIVING_WAY_MILLIS = 20_000;

    private volatile boolean gaveWay;
    private final List<String> changes = new CopyOnWriteArrayList<>();
    private long countedFrom = -1;
    private long countedSince;

    /** @param aside whether it works by the proxy's own will */
    OperationSlot(String tenant, String verb, @Nullable OperationSlot before, boolean aside, BooleanSupplier closing) {
        this.closing = closing;
        this.before = before;
        this.aside = aside;
        operation = new Operation(
                UUID.randomUUID().toString(),
                tenant,
                verb,
                State.RUNNING,
                verb + " is running",
                null,
                null,
                List.of(),
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

    @Override
    public synchronized void waiting(boolean givesWay) {
        aside = givesWay;
        waiting = true;
        notifyAll();
    }

    /** Returns at once unless a tenant is being recovered for the first time. */
    void awaitFirstRecovery() {
        try {
            if (operation.verb().equals(RecoverVerb.NAME)) {
                await(GIVING_WAY_MILLIS, () -> waiting || operation.ended());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized @Nullable OperationCount counted() {
        Progress progress = operation.progress();
        return progress == null
                ? null
                : new OperationCount(countedFrom, progress.done(), progress.total(), System.nanoTime() - countedSince);
    }

    @Override
    public BooleanSupplier cancelled() {
        return () -> closing.getAsBoolean() || gaveWay;
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
                end.plan(),
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

    void awaitEnd(long millis) throws InterruptedException {
        await(millis, () -> operation.ended());
    }

    private synchronized void await(long millis, BooleanSupplier reached) throws InterruptedException {
        Deadline deadline = Deadline.after(Duration.ofMillis(millis));
        while (!reached.getAsBoolean()) {
            long left = deadline.millisLeft();
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }

    Operation operation() {
        return operation;
    }

    /** The operation that this one follows; null for one that was asked for. */
    @Nullable OperationSlot before() {
        return before;
    }

    /** Another operation follows this one. Without this, each one in a long outage would keep all that came before it. */
    void followed() {
        before = null;
    }

    /** Whether it gives way to any other verb. */
    boolean aside() {
        return aside;
    }

    boolean gaveWay() {
        return gaveWay;
    }

    /** How an operation has ended. */
    record End(
            State state,
            String message,
            @Nullable FlipResult flip,
            List<Blocker> blockers,
            List<Finding> findings,
            List<String> plan) {
        static End succeeded(Verb.Outcome outcome) {
            return new End(
                    State.SUCCEEDED, outcome.message(), outcome.flip(), List.of(), outcome.findings(), outcome.plan());
        }

        static End timedOut(String message, List<Blocker> blockers) {
            return new End(State.TIMED_OUT, message, null, blockers, List.of(), List.of());
        }

        static End refused(State state, String message, List<Finding> findings) {
            return new End(state, message, null, List.of(), findings, List.of());
        }

        static End failed(String message) {
            return refused(State.FAILED, message, List.of());
        }
    }
}
