// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The log of every transaction, as {@code pgbench -l} writes it: client, number, time, script, and when it ended. */
final class PgbenchLog {
    private static final int TIME = 2;
    private static final int EPOCH_SECONDS = 4;
    private static final int MICROS_OF_SECOND = 5;
    private static final String FAILED = "failed";

    private PgbenchLog() {}

    /** Gets to know each transaction that succeeded. */
    interface Reader {
        /**
         * @param endMicros by the machine's clock, since 1970
         * @param micros what it took, counted from when it was due where a rate is given: a stall counts for every
         *     transaction that it delayed
         */
        void transaction(long endMicros, long micros);
    }

    /** Reads the files of a directory, and deletes it. */
    static void take(Path directory, Reader reader) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                try (Stream<String> lines = Files.lines(file)) {
                    lines.forEach(line -> read(line, reader));
                }
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    private static void read(String line, Reader reader) {
        String[] fields = line.split(" ");
        if (!fields[TIME].equals(FAILED)) {
            reader.transaction(
                    Long.parseLong(fields[EPOCH_SECONDS]) * 1_000_000 + Long.parseLong(fields[MICROS_OF_SECOND]),
                    Long.parseLong(fields[TIME]));
        }
    }
}
