// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** All shell scripts of the project, read by shellcheck. */
class ScriptsIT {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern SHELL = Pattern.compile("#!.*\\b(ba)?sh\\b.*");

    /** Where no script of ours lies. */
    private static final List<String> SKIPPED = List.of("target", ".git", "node_modules");

    @Test
    void shellcheckFindsNothing() throws Exception {
        List<String> scripts = scripts(HOME);

        assertTrue(scripts.contains("verify"), scripts::toString);
        assertTrue(scripts.contains("cutover"), scripts::toString);
        List<String> command = new ArrayList<>(List.of("shellcheck", "--severity=style"));
        command.addAll(scripts);
        Process shellcheck = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .start();
        String found = new String(shellcheck.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(0, shellcheck.waitFor(), found);
    }

    private static List<String> scripts(Path home) throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            return files.filter(file -> !skipped(home.relativize(file)))
                    .filter(Files::isRegularFile)
                    .filter(ScriptsIT::isScript)
                    .map(file -> home.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static boolean skipped(Path file) {
        for (Path part : file) {
            if (SKIPPED.contains(part.toString())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isScript(Path file) {
        try {
            if (Files.size(file) > 1_000_000) {
                return false;
            }
            byte[] text = Files.readAllBytes(file);
            String first = new String(text, 0, Math.min(text.length, 80), StandardCharsets.ISO_8859_1);
            return SHELL.matcher(first.lines().findFirst().orElse("")).matches();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
