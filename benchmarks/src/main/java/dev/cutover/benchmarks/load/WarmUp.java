// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Load until a JVM's compiler has done with what the load uses: before that it takes a third of two cores, and a figure would be
 * that of the compiler.
 */
final class WarmUp {
    private static final int MOST_RUNS = 8;
    /** Of one core's time. */
    private static final double RESTS_BELOW = 0.04;

    private static final double TICKS_PER_SECOND = 100;

    private WarmUp() {}

    interface Load {
        void run() throws Exception;
    }

    /** @param pid of the process; 0, or one that is no JVM, gets the load once */
    static void until(long pid, Load load) throws Exception {
        for (int run = 0; run < MOST_RUNS; run++) {
            double before = compiled(pid);
            long begin = System.nanoTime();
            load.run();
            double seconds = (System.nanoTime() - begin) / 1e9;
            if (compiled(pid) - before < RESTS_BELOW * seconds) {
                return;
            }
        }
    }

    /** Seconds of CPU time that the process's optimising compiler has taken. */
    private static double compiled(long pid) throws IOException {
        if (pid == 0) {
            return 0;
        }
        double seconds = 0;
        List<Path> threads;
        try (Stream<Path> found = Files.list(Path.of("/proc/" + pid + "/task"))) {
            threads = found.toList();
        }
        for (Path thread : threads) {
            try {
                String stat = Files.readString(thread.resolve("stat"));
                // The name is in parentheses; user and system time are the 12th and 13th field behind it.
                int name = stat.lastIndexOf(')');
                if (stat.substring(0, name).contains("(C2 ")) {
                    String[] fields = stat.substring(name + 2).split(" ");
                    seconds += (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
                }
            } catch (NoSuchFileException e) {
                // The thread has ended meanwhile.
            }
        }
        return seconds;
    }
}
