// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import dev.cutover.dualwrite.testing.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/** All clients, which write from {@link #start} to {@link #stop}, again and again. */
final class Load {
    private static final int CLIENTS = 5;

    private final IntSupplier port;
    private final boolean pinning;
    private final Tally tally = new Tally();
    private final List<Client> clients = new ArrayList<>();
    private final AtomicLong progress = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private List<Thread> threads = List.of();
    private volatile boolean stopped = true;
    private volatile boolean eased;

    /** @param pinning whether clients also write in ways that pin their sessions, which no flip between databases can move */
    Load(IntSupplier port, long seed, boolean pinning) {
        this.port = port;
        this.pinning = pinning;
        AtomicLong versions = new AtomicLong();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Client(i, this, random.split(), versions));
        }
    }

    void start() {
        stopped = false;
        threads = clients.stream().map(client -> new Thread(client, "client")).toList();
        threads.forEach(Thread::start);
    }

    /** Returns when every client has finished its transaction. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Waits until the clients are at work again. */
    void awaitProgress(Runnable check) throws Exception {
        long target = progress.get() + 5 * CLIENTS;
        Eventually.until("progress of the clients", Duration.ofMinutes(1), () -> {
            check.run();
            return progress.get() >= target || !failures.isEmpty();
        });
    }

    /** What clients found wrong themselves, and what the tables say against their journals. No client may be at work. */
    List<String> judge(Tables found) {
        List<String> wrong = new ArrayList<>(failures);
        for (int i = 0; i < CLIENTS; i++) {
            int first = i * Client.KEYS;
            wrong.addAll(
                    clients.get(i).journal().judge(found.slots(first, Client.KEYS), found.log(first, Client.KEYS)));
        }
        wrong.addAll(tally.judge(found.counters()));
        return wrong;
    }

    void forgetLog() {
        clients.forEach(client -> client.journal().forgetLog());
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    long acknowledged() {
        return clients.stream()
                .mapToLong(client -> client.journal().acknowledgedTransactions())
                .sum();
    }

    long unknown() {
        return clients.stream()
                .mapToLong(client -> client.journal().unknownTransactions())
                .sum();
    }

    boolean mayGoOn() {
        return !stopped;
    }

    /** Whether the clients write nothing, so that resync can catch up. */
    void ease(boolean wanted) {
        eased = wanted;
    }

    /** Called by a client between two transactions. */
    void awaitTurn() {
        try {
            Eventually.until("the load resumes", Duration.ofMinutes(5), () -> !eased || stopped);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    boolean pinning() {
        return pinning;
    }

    int port() {
        return port.getAsInt();
    }

    Tally tally() {
        return tally;
    }

    void progress() {
        progress.incrementAndGet();
    }

    void failed(String what) {
        failures.add(what);
    }
}
