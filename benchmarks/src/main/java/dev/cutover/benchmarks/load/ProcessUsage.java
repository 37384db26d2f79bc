// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process and its children have used, by {@code /proc} (proc_pid_stat(5)).
 *
 * @param cpuMicros of user and system time, a hundredth of a second exact
 * @param residentKib memory that is resident now
 */
record ProcessUsage(long cpuMicros, long residentKib) {
    /** Linux reports ticks of this length whatever the kernel's own are. */
    private static final long MICROS_PER_TICK = 10_000;

    private static final long KIB_PER_PAGE = 4;

    static ProcessUsage of(long pid) {
        return ProcessHandle.of(pid)
                .map(handle -> Stream.concat(Stream.of(handle), handle.descendants()))
                .orElse(Stream.empty())
                .map(handle -> ofOne(handle.pid()))
                .reduce(new ProcessUsage(0, 0), ProcessUsage::plus);
    }

    /** Returns the usage of a process and of its children that have ended. A server of processes needs the second part. */
    static ProcessUsage withEndedChildren(long pid) {
        return of(pid).plus(ofOne(pid, 13, 0));
    }

    private static ProcessUsage ofOne(long pid) {
        return ofOne(pid, 11, KIB_PER_PAGE);
    }

    /** @param time the field of the user time; that of the system time is the next */
    private static ProcessUsage ofOne(long pid, int time, long kibPerPage) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The second field is the name in parentheses, which may hold anything.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long ticks = Long.parseLong(fields[time]) + Long.parseLong(fields[time + 1]);
            return new ProcessUsage(ticks * MICROS_PER_TICK, Long.parseLong(fields[21]) * kibPerPage);
        } catch (java.nio.file.NoSuchFileException e) {
            return new ProcessUsage(0, 0); // ended meanwhile
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessUsage plus(ProcessUsage other) {
        return new ProcessUsage(cpuMicros + other.cpuMicros, residentKib + other.residentKib);
    }
}
