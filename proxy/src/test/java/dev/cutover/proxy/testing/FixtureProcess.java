// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import dev.cutover.dualwrite.testing.ChildProcess;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link ProxyFixture} in a process of its own, whose memory is bounded. */
public final class FixtureProcess implements AutoCloseable {
    private static final String LISTENING = "listening on ";

    private final Process process;
    private final int port;

    private FixtureProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** @param memory of its heap, and as much beside it, as the JVM writes it: {@code 64m} */
    public static FixtureProcess start(String memory, TestDatabase database, int poolSize) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + memory,
                "-XX:MaxDirectMemorySize=" + memory,
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                ProxyFixture.class.getName()));
        command.addAll(
                List.of("0", Integer.toString(database.server().port()), database.name(), Integer.toString(poolSize)));
        Process process = ChildProcess.relayErrors(new ProcessBuilder(command).start());
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(LISTENING)) {
                return new FixtureProcess(process, Integer.parseInt(line.substring(LISTENING.length())));
            }
        }
        throw new IOException("the proxy ended before it listened");
    }

    public int port() {
        return port;
    }

    public boolean alive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
