// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The command in a process of its own, with the class path that the launcher gives it: no test's logging settings. */
final class CutoverProcess {
    private static final String CLASS_PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("test-classes") && !entry.endsWith("-tests.jar"))
            .collect(Collectors.joining(File.pathSeparator));

    private final Process process;
    private final Path err;
    private final BufferedReader out;

    private CutoverProcess(Process process, Path err) {
        this.process = process;
        this.err = err;
        this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** How it ended and what it said. */
    record Ended(int exitCode, String out, String err) {}

    private static List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1"));
        if (Runtime.version().feature() >= 24) {
            // As the launcher does: newer JDKs warn of what Netty needs.
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", CLASS_PATH, "dev.cutover.cli.Main"));
        return command;
    }

    /** A shell script that is the command. */
    static String script() {
        return "#!/bin/sh\nexec '" + String.join("' '", command()) + "' \"$@\"\n";
    }

    static CutoverProcess start(Map<String, String> environment, String... arguments) throws IOException {
        return start(List.of("env", "--default-signal=HUP"), environment, arguments);
    }

    /** @param prefix the command that runs it, which must not make a process of its own */
    static CutoverProcess start(List<String> prefix, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(command());
        command.addAll(List.of(arguments));
        Path err = Files.createTempFile("cutover", ".err");
        err.toFile().deleteOnExit();
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CUTOVER_") || name.startsWith("JAVA_TOOL"));
        builder.environment().putAll(environment);
        return new CutoverProcess(builder.start(), err);
    }

    static Ended run(Map<String, String> environment, String... arguments) throws Exception {
        return start(environment, arguments).awaitEnd();
    }

    /** The first line of its output. */
    String firstLine() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException("it ended: " + Files.readString(err));
        }
        return line;
    }

    /** What it has written to its standard error so far. */
    String err() throws IOException {
        return Files.readString(err);
    }

    void terminate() {
        // Process.destroy would close its output as well.
        process.toHandle().destroy();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    Ended awaitEnd() throws Exception {
        String rest = out.lines().collect(Collectors.joining("\n"));
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("it did not end: " + Files.readString(err));
        }
        return new Ended(process.exitValue(), rest, Files.readString(err));
    }

    void kill() {
        process.destroyForcibly();
    }
}
