// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.StatementFingerprint;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Refused;
import dev.cutover.dualwrite.mirror.Rewrite.Unchanged;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a tenant's clients send that writes, or may, by {@link StatementFingerprint}. Each plan holds the counters of its
 * fingerprint, so that an execution costs no look-up. Bounded: where there are too many fingerprints, the least used goes.
 *
 * <p>Safe for use by many threads.
 */
public final class Fingerprints {
    static final int MOST = 1_000;
    private static final String BY_THE_SESSION = "the session's isolation level, role or search_path";

    private final Map<String, Counters> counters = new HashMap<>();

    private static final class Counters {
        private final LongAdder inline = new LongAdder();
        private final LongAdder marked = new LongAdder();
        private final LongAdder net = new LongAdder();
        private final LongAdder refused = new LongAdder();
        private volatile String reason = "";

        long all() {
            return inline.sum() + marked.sum() + net.sum() + refused.sum();
        }
    }

    /**
     * How often statements of one fingerprint were sent.
     *
     * @param inline as one statement that wrote both sides
     * @param marked as one statement that wrote the serving side and marks
     * @param net as they are, left to the net
     * @param refused not let through
     * @param reason why they were left to the net or refused; empty if none was
     */
    public record Seen(String statement, long inline, long marked, long net, long refused, String reason) {}

    /** The counters that a plan's executions go to; null for what writes nothing that is mapped. */
    @Nullable Executions of(Supplier<String> fingerprint, Rewrite rewrite) {
        if (rewrite instanceof Unchanged unchanged && unchanged.reason().isEmpty()) {
            return null;
        }
        Counters found = counters(fingerprint.get());
        if (rewrite instanceof Mirrored mirrored) {
            LongAdder planned = mirrored.idle() == null ? found.marked : found.inline;
            return new Executions(planned, () -> {
                found.reason = BY_THE_SESSION;
                found.net.increment();
            });
        }
        found.reason = rewrite instanceof Refused refused ? refused.message() : ((Unchanged) rewrite).reason();
        LongAdder planned = rewrite instanceof Refused ? found.refused : found.net;
        return new Executions(planned, planned::increment);
    }

    private synchronized Counters counters(String fingerprint) {
        Counters found = counters.get(fingerprint);
        if (found == null) {
            if (counters.size() >= MOST) {
                counters.entrySet().stream()
                        .min(Comparator.comparingLong(entry -> entry.getValue().all()))
                        .map(Map.Entry::getKey)
                        .ifPresent(counters::remove);
            }
            found = new Counters();
            counters.put(fingerprint, found);
        }
        return found;
    }

    /** Those that were sent at least once, the most frequent first. */
    public synchronized List<Seen> seen() {
        return counters.entrySet().stream()
                .map(entry -> seen(entry.getKey(), entry.getValue()))
                .filter(seen -> seen.inline() + seen.marked() + seen.net() + seen.refused() > 0)
                .sorted(Comparator.comparingLong(
                                (Seen seen) -> -(seen.inline() + seen.marked() + seen.net() + seen.refused()))
                        .thenComparing(Seen::statement))
                .toList();
    }

    private static Seen seen(String statement, Counters counters) {
        long net = counters.net.sum();
        long refused = counters.refused.sum();
        return new Seen(
                statement,
                counters.inline.sum(),
                counters.marked.sum(),
                net,
                refused,
                net + refused == 0 ? "" : counters.reason);
    }
}
