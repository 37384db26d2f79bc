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
    static final long LONGEST_MICROS = 60_000_000;

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
                Long.toString(Math.max(1, Math.round(seconds))),
                "-l",
                "--log-prefix=" + log.resolve("log")));
        if (rate > 0) {
            command.add("--rate=" + Math.round(rate));
        }
        command.addAll(options);
        command.add(contender.database());
        ProcessUsage before = ProcessUsage.of(contender.pid());
        String output = Program.run(command);
        ProcessUsage after = ProcessUsage.of(contender.pid());
        Matcher tps = TPS.matcher(output);
        Matcher failed = FAILED.matcher(output);
        if (!tps.find()
                || output.contains("aborted")
                || (failed.find() && !failed.group(1).equals("0"))) {
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
     * The log's third column is the transaction's time in microseconds, counted from when it was due where a rate is
     * given: a stall counts for every transaction that it delayed.
     */
    private static Histogram latency(Path directory) throws IOException {
        Histogram histogram = new Histogram(LONGEST_MICROS, 3);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                try (Stream<String> lines = Files.lines(file)) {
                    lines.forEach(line -> {
                        int second = line.indexOf(' ', line.indexOf(' ') + 1);
                        int third = line.indexOf(' ', second + 1);
                        histogram.recordValue(
                                Math.min(LONGEST_MICROS, Long.parseLong(line.substring(second + 1, third))));
                    });
                }
                Files.delete(file);
            }
        }
        Files.delete(directory);
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
    private static String binary() throws IOException {
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
