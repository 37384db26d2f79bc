// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counters that all clients add to: what was acknowledged is in them, and no more than what may have happened beside it. */
final class Tally {
    static final int COUNTERS = 6;

    private final AtomicLongArray acknowledged = new AtomicLongArray(COUNTERS);
    private final AtomicLongArray unknown = new AtomicLongArray(COUNTERS);

    void acknowledged(List<Integer> counters) {
        counters.forEach(acknowledged::incrementAndGet);
    }

    void unknown(List<Integer> counters) {
        counters.forEach(unknown::incrementAndGet);
    }

    /** Says what is wrong, and takes for settled what was unknown. No client may be at work. */
    List<String> judge(Map<Integer, Long> found) {
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < COUNTERS; i++) {
            long value = found.getOrDefault(i, -1L);
            long least = acknowledged.get(i);
            if (value < least || value > least + unknown.get(i)) {
                wrong.add("counter " + i + " has " + value + ", acknowledged were " + least + ", unknown "
                        + unknown.get(i));
            }
            acknowledged.set(i, value);
            unknown.set(i, 0);
        }
        return wrong;
    }
}
