// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A program that runs beside the benchmark, with its output in a file, and ends with it. */
final class Program implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final Path output;

    private Program(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static Program start(Path output, List<String> command) throws IOException {
        return new Program(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start(),
                output);
    }

    /** How a program ended, and what it printed. */
    record Ended(int status, String output) {}

    /** Runs a program to its end. */
    static Ended end(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("cutover-bench", ".out");
        try (Program program = start(output, command)) {
            int status = program.process.waitFor();
            return new Ended(status, Files.readString(output));
        } finally {
            Files.delete(output);
        }
    }

    /** Runs a program to its end, which must be a good one. @return what it printed */
    static String run(List<String> command) throws IOException, InterruptedException {
        Ended ended = end(command);
        if (ended.status() != 0) {
            throw new IOException(String.join(" ", command) + " exited with " + ended.status() + ": " + ended.output());
        }
        return ended.output();
    }

    long pid() {
        return process.pid();
    }

    /** Waits until it accepts connections. */
    void awaitPort(int port) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                    throw new IOException("it did not listen: " + Files.readString(output), e);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        process.toHandle().destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
