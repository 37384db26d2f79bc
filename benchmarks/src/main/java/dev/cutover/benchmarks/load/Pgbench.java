// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** PostgreSQL's load generator, with a histogram of the latency of every transaction. */
final class Pgbench {
    private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+) \\(without initial connection time\\)");
    private static final Pattern FAILED = Pattern.compile("number of failed transactions: (\\d+)");
    private static final Pattern ABORTED = Pattern.compile("client \\d+ (script \\d+ )?aborted");
    static final long LONGEST_MICROS = 60_000_000;
    /** What pgbench counts as part of its time for each client that it connects first, one after the other. */
    private static final double CONNECTING_SECONDS = 0.02;

    private Pgbench() {}

    /**
     * How one run went.
     *
     * @param latency in microseconds
     * @param cpuMicrosPerTransaction of the contender's process
     */
    record Run(double tps, long transactions, Histogram latency, double cpuMicrosPerTransaction, long residentKib) {}

    /**
     * Runs for some seconds.
     *
     * @param rate transactions a second at which they are due, and measured from; 0 for as fast as can be
     */
    static Run run(Contender contender, int clients, double seconds, double rate, List<String> options)
            throws IOException, InterruptedException {
        Path log = Files.createTempDirectory("cutover-pgbench");
        List<String> command = command(contender, clients, seconds, rate, options, log);
        ProcessUsage before = ProcessUsage.of(contender.pid());
        String output = Program.run(command);
        ProcessUsage after = ProcessUsage.of(contender.pid());
        Matcher tps = TPS.matcher(output);
        if (!tps.find() || errors(output) > 0) {
            throw new IOException(contender.name() + ": " + output);
        }
        Histogram latency = latency(log);
        long transactions = latency.getTotalCount();
        return new Run(
                Double.parseDouble(tps.group(1)),
                transactions,
                latency,
                (after.cpuMicros() - before.cpuMicros()) / (double) Math.max(1, transactions),
                after.residentKib());
    }

    /**
     * A run that is looked at whatever became of it.
     *
     * @param errors transactions that failed, and clients that gave up
     * @param output what pgbench said
     */
    record Watched(long errors, String output) {}

    /** Runs for some seconds, as fast as can be. @param reader gets to know each transaction, once all have ended */
    static Watched watch(
            Contender contender, int clients, double seconds, List<String> options, PgbenchLog.Reader reader)
            throws IOException, InterruptedException {
        Path log = Files.createTempDirectory("cutover-pgbench");
        Program.Ended ended = Program.end(command(contender, clients, seconds, 0, options, log));
        PgbenchLog.take(log, reader);
        long errors = errors(ended.output());
        if (ended.status() != 0 && errors == 0) {
            throw new IOException(contender.name() + ": " + ended.output());
        }
        return new Watched(errors, ended.output());
    }

    private static List<String> command(
            Contender contender, int clients, double seconds, double rate, List<String> options, Path log)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                binary(),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(contender.port()),
                "-U",
                Server.USER,
                "-n",
                "-c",
                Integer.toString(clients),
                "-j",
                "1",
                "-T",
                Long.toString(Math.max(1, Math.round(seconds + clients * CONNECTING_SECONDS))),
                "-l",
                "--log-prefix=" + log.resolve("log")));
        if (rate > 0) {
            command.add("--rate=" + Math.round(rate));
        }
        command.addAll(options);
        command.add(contender.database());
        return command;
    }

    private static long errors(String output) {
        Matcher failed = FAILED.matcher(output);
        return ABORTED.matcher(output).results().count() + (failed.find() ? Long.parseLong(failed.group(1)) : 0);
    }

    private static Histogram latency(Path directory) throws IOException {
        Histogram histogram = new Histogram(LONGEST_MICROS, 3);
        PgbenchLog.take(directory, (end, micros) -> histogram.recordValue(Math.min(LONGEST_MICROS, micros)));
        return histogram;
    }

    static void initialise(Contender contender, int scale) throws IOException, InterruptedException {
        Program.run(List.of(
                binary(),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(contender.port()),
                "-U",
                Server.USER,
                "-i",
                "-q",
                "-s",
                Integer.toString(scale),
                contender.database()));
    }

    /** Debian keeps it beside the server's binaries, outside of the path. */
    static String binary() throws IOException {
        Path versions = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(versions)) {
            try (Stream<Path> found = Files.list(versions)) {
                Path binary = found.map(version -> version.resolve("bin/pgbench"))
                        .filter(Files::isExecutable)
                        .max(Comparator.naturalOrder())
                        .orElse(null);
                if (binary != null) {
                    return binary.toString();
                }
            }
        }
        return "pgbench";
    }
}
