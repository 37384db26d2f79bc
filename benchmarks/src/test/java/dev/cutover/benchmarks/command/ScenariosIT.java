// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.benchmarks.load.ScenarioRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every scenario runs to its end. What it measures in so short a time is not looked at. */
@Tag("scenarios")
class ScenariosIT {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path RESULTS = HOME.resolve("benchmarks/target/quick");

    /** Not judged; ends a run that would hang. */
    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void everyScenarioMeasuresAndIsOnThePage(@TempDir Path directory) throws Exception {
        List<String> scenarios = scenarios();
        Path launcher = Files.writeString(directory.resolve("cutover"), CutoverProcess.script());
        assertTrue(launcher.toFile().setExecutable(true));
        Path out = directory.resolve("out");
        for (String scenario : scenarios) {
            Files.deleteIfExists(RESULTS.resolve(scenario + ".json"));
        }

        int exitCode = run(launcher, out, scenarios);

        String said = Files.readString(out);
        assertEquals(0, exitCode, said);
        String page = Files.readString(RESULTS.resolve("benchmarks.md"));
        for (String scenario : scenarios) {
            // Peers may be missing; .ci/run installs them.
            assertTrue(page.contains("`" + scenario + "`") || said.contains(scenario + ": left out"), said);
        }
    }

    private static List<String> scenarios() throws IOException {
        try (Stream<Path> folders = Files.list(HOME.resolve("benchmarks/scenarios"))) {
            List<String> names =
                    new ArrayList<>(folders.map(folder -> folder.getFileName().toString())
                            .sorted()
                            .toList());
            assertFalse(names.isEmpty());
            names.add("jmh");
            return names;
        }
    }

    private static int run(Path launcher, Path out, List<String> scenarios) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dcutover.home=" + HOME,
                "-Dcutover.bench.launcher=" + launcher,
                "-cp",
                System.getProperty("java.class.path"),
                ScenarioRunner.class.getName(),
                "--quick"));
        command.addAll(scenarios);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            return process.waitFor();
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }
}
