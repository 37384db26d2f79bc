// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A process's memory over time: what is resident at each look, and what its heap holds at the end of each quarter. */
final class MemoryWatch {
    private static final int QUARTERS = 4;

    private final Bench bench;
    private final long pid;
    private final int looks;
    private final List<Double> residentMib = Collections.synchronizedList(new ArrayList<>());
    private final List<Double> heapMib = Collections.synchronizedList(new ArrayList<>());

    /** @param looks how many there will be; those that come after are not counted */
    MemoryWatch(Bench bench, long pid, int looks) {
        if (looks < QUARTERS) {
            throw new IllegalArgumentException("too short a time to look at memory");
        }
        this.bench = bench;
        this.pid = pid;
        this.looks = looks;
    }

    void look() throws IOException, InterruptedException {
        int quarter = looks / QUARTERS;
        if (residentMib.size() == quarter * QUARTERS) {
            return;
        }
        residentMib.add(ProcessUsage.of(pid).residentKib() / 1024.0);
        if (residentMib.size() % quarter == 0) {
            heapMib.add(HeapUsage.afterCollection(pid) / 1024.0);
            bench.say(
                    "  after %d looks: resident %.0f MiB, heap %.1f MiB",
                    residentMib.size(), residentMib.get(residentMib.size() - 1), heapMib.get(heapMib.size() - 1));
        }
    }

    /** In the order of the looks. */
    List<Double> residentMib() {
        return List.copyOf(residentMib);
    }

    /** How many quarters are complete. */
    int quarters() {
        return heapMib.size();
    }

    /** The median of what is resident in a quarter, the first being 0. */
    double residentMib(int quarter) {
        int length = looks / QUARTERS;
        return Rounds.median(residentMib().subList(quarter * length, (quarter + 1) * length).stream()
                .mapToDouble(Double::doubleValue)
                .toArray());
    }

    /** What the heap holds after a collection at the end of a quarter. */
    double heapMib(int quarter) {
        return heapMib.get(quarter);
    }
}
