// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one direction whose statements mark for the time being, where they would write the idle side: it has
 * refused a row of theirs, and would make the client's statement fail. What the idle side refuses then is a row of the
 * ledger and no client's error.
 *
 * <p>A table is in fallback while the ledger has a row of it. It gets there by a refused row, or by a statement that failed
 * on the idle side's account; and it leaves when the ledger has had no row of it for a while, longer each time, so that a
 * cause which comes and goes does not make it change all the time.
 *
 * <p>Safe for use by many threads.
 */
public final class Fallback {
    /** A marked row is tried within milliseconds: a table that has none refused by then has none. */
    private static final Duration FIRST_QUIET = Duration.ofSeconds(5);

    private static final Duration LONGEST_QUIET = Duration.ofMinutes(10);
    private static final int MOST_ACQUITTED = 1_000;

    private final LongSupplier nanos;
    private final Map<String, State> states = new HashMap<>();
    private final Map<String, Integer> times = new HashMap<>();
    private final Set<Suspicion> acquitted = new HashSet<>();
    private volatile Set<String> marking = Set.of();

    public Fallback() {
        this(System::nanoTime);
    }

    Fallback(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * A table in fallback.
     *
     * @param error why, in one line
     */
    public record Entry(String table, Instant since, String error) {}

    private record Suspicion(String table, String sqlState) {}

    private static final class State {
        private final Entry entry;
        private final @Nullable Suspicion suspicion;
        private long lastTrouble;
        private boolean rowsRefused;

        State(Entry entry, @Nullable Suspicion suspicion, long now) {
            this.entry = entry;
            this.suspicion = suspicion;
            this.lastTrouble = now;
        }
    }

    /** The tables in fallback, by their names on the serving side. Another set is another object. */
    public Set<String> marking() {
        return marking;
    }

    /** The tables in fallback and why they are. */
    public synchronized List<Entry> entries() {
        return states.values().stream().map(state -> state.entry).toList();
    }

    /** The idle side has refused a statement's row. @return whether the table was not in fallback */
    public synchronized boolean begin(String table, String error) {
        State state = states.get(table);
        if (state != null) {
            state.lastTrouble = nanos.getAsLong();
            return false;
        }
        add(table, error, null);
        return true;
    }

    /**
     * A statement has failed, and it cannot be told on which side's account. If no row of the table is refused while it
     * marks, it was the serving side, and the same error raises no suspicion again.
     */
    public synchronized void suspect(String table, String sqlState, String error) {
        Suspicion suspicion = new Suspicion(table, sqlState);
        if (!states.containsKey(table) && !acquitted.contains(suspicion)) {
            add(table, error, suspicion);
        }
    }

    /** Looks what has changed. @param refused the tables of which the ledger has rows now */
    public synchronized void look(Collection<String> refused) {
        long now = nanos.getAsLong();
        for (String table : refused) {
            if (!states.containsKey(table)) {
                add(table, "the idle side refuses rows of it", null);
            }
            State state = states.get(table);
            if (state != null) {
                state.lastTrouble = now;
                state.rowsRefused = true;
            }
        }
        for (String table : List.copyOf(states.keySet())) {
            State state = states.get(table);
            if (state != null && now - state.lastTrouble >= quiet(table).toNanos()) {
                end(table, state);
            }
        }
    }

    /** Somebody says that the cause is gone. @param refused the tables of which the ledger has rows still */
    public synchronized void endExcept(Collection<String> refused) {
        for (String table : List.copyOf(states.keySet())) {
            State state = states.get(table);
            if (state != null && !refused.contains(table)) {
                end(table, state);
            }
        }
    }

    private void add(String table, String error, @Nullable Suspicion suspicion) {
        times.merge(table, 1, Integer::sum);
        states.put(table, new State(new Entry(table, Instant.now(), error), suspicion, nanos.getAsLong()));
        marking = Set.copyOf(states.keySet());
    }

    private void end(String table, State state) {
        states.remove(table);
        if (state.suspicion != null && !state.rowsRefused && acquitted.size() < MOST_ACQUITTED) {
            acquitted.add(state.suspicion);
        }
        marking = Set.copyOf(states.keySet());
    }

    private Duration quiet(String table) {
        int doublings = Math.min(times.getOrDefault(table, 1) - 1, 7);
        Duration quiet = FIRST_QUIET.multipliedBy(1L << doublings);
        return quiet.compareTo(LONGEST_QUIET) > 0 ? LONGEST_QUIET : quiet;
    }
}
