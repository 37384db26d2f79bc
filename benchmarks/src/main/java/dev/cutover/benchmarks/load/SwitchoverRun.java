// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * A run of pgbench with a switchover in the middle.
 *
 * @param switchoverMicros from the request until the new primary took writes
 * @param errors transactions that failed, and clients that gave up
 * @param longestMicros the longest transaction that succeeded
 * @param pauseMicros the longest time in which no transaction ended
 * @param output what pgbench printed
 */
record SwitchoverRun(
        long switchoverMicros, long transactions, long errors, long longestMicros, long pauseMicros, String output) {
    static SwitchoverRun of(PatroniPair servers, Contender contender, int clients, int seconds, List<String> options)
            throws Exception {
        List<Long> ends = Collections.synchronizedList(new ArrayList<>());
        long[] longest = {0};
        CompletableFuture<Pgbench.Watched> run = CompletableFuture.supplyAsync(() -> {
            try {
                return Pgbench.watch(contender, clients, seconds, options, (end, micros) -> {
                    ends.add(end);
                    longest[0] = Math.max(longest[0], micros);
                });
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        TimeUnit.SECONDS.sleep(Math.max(1, seconds / 4));
        long took = servers.switchover();
        Pgbench.Watched watched = run.join();
        List<Long> ordered = ends.stream().sorted().toList();
        long pause = 0;
        for (int i = 1; i < ordered.size(); i++) {
            pause = Math.max(pause, ordered.get(i) - ordered.get(i - 1));
        }
        return new SwitchoverRun(took, ordered.size(), watched.errors(), longest[0], pause, watched.output());
    }
}
