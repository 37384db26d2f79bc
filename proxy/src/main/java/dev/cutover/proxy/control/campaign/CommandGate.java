// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.Side;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.worker.ChildEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the program that a manifest has as a gate. Only programs of one directory may be named, and the operator of the proxy chooses that:
 * a manifest comes with the admin API's token, which otherwise runs nothing on the proxy's machine.
 */
final class CommandGate {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 50;
    private static final int MOST_OUTPUT = 64 * 1024;
    private static final int MOST_SHOWN = 200;

    private final List<String> command;
    private final @Nullable Path directory;

    /**
     * @param command empty for no gate
     * @param directory whose programs may run; null for none
     */
    CommandGate(List<String> command, @Nullable Path directory) {
        this.command = command;
        this.directory = directory;
    }

    /** @return why this proxy cannot run it; null if it can */
    @Nullable String problem() {
        if (command.isEmpty()) {
            return null;
        }
        if (directory == null) {
            return "needs campaigns.commands in the proxy's configuration, the directory of the programs that may run";
        }
        return Files.isExecutable(program(directory)) && Files.isRegularFile(program(directory))
                ? null
                : "there is no program " + command.get(0) + " in campaigns.commands that can be run";
    }

    private Path program(Path in) {
        return in.resolve(command.get(0)).normalize();
    }

    /**
     * Runs it for a tenant whose new version serves.
     *
     * @return held, if it exits with 0; unknown, if this proxy cannot run it
     */
    GateVerdict ask(String campaign, String tenant, Side serving) throws InterruptedException {
        if (command.isEmpty()) {
            return new GateVerdict.Held();
        }
        String problem = problem();
        if (problem != null || directory == null) {
            return new GateVerdict.Unknown("gate command: it " + problem);
        }
        List<String> words = new ArrayList<>(List.of(program(directory).toString()));
        command.stream().skip(1).map(word -> word.replace("{tenant}", tenant)).forEach(words::add);
        Map<String, String> told =
                Map.of("CUTOVER_CAMPAIGN", campaign, "CUTOVER_TENANT", tenant, "CUTOVER_SERVING", serving.label());
        String name = "gate command " + command.get(0);
        try {
            return run(name, words, told);
        } catch (IOException e) {
            return new GateVerdict.Unknown(name + " cannot run: " + e.getMessage());
        }
    }

    private GateVerdict run(String name, List<String> words, Map<String, String> told)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("cutover-gate", ".out");
        Process process = null;
        try {
            ProcessBuilder builder = new ProcessBuilder(words)
                    .directory(directory == null ? null : directory.toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            ChildEnvironment.reduce(builder.environment());
            builder.environment().putAll(told);
            process = builder.start();
            Deadline deadline = Deadline.after(TIMEOUT);
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (deadline.passed()) {
                    return new GateVerdict.Broken(name + " runs for longer than " + TIMEOUT.toSeconds() + " s");
                }
                if (Files.size(output) > MOST_OUTPUT) {
                    return new GateVerdict.Broken(name + " prints more than " + MOST_OUTPUT / 1024 + " kB");
                }
            }
            return process.exitValue() == 0
                    ? new GateVerdict.Held()
                    : new GateVerdict.Broken(name + " exits with " + process.exitValue() + lastLine(output));
        } finally {
            if (process != null) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            Files.deleteIfExists(output);
        }
    }

    /** The last of the first 64 kB. */
    private static String lastLine(Path output) throws IOException {
        try (InputStream said = Files.newInputStream(output)) {
            return new String(said.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .reduce((one, next) -> next)
                    .map(String::strip)
                    .map(line -> ": " + line.substring(0, Math.min(MOST_SHOWN, line.length())))
                    .orElse("");
        }
    }
}
