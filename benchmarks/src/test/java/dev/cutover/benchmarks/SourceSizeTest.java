package dev.cutover.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A file does one thing. */
class SourceSizeTest {
    private static final int MOST_LINES = 400;
    private static final List<String> MODULES = List.of("config", "dual-write", "proxy", "cutover-cli", "benchmarks");

    @Test
    void noMainClassIsOverFourHundredLines() throws IOException {
        List<Path> sources = sources();

        List<String> tooLong = sources.stream()
                .filter(file -> lines(file) > MOST_LINES)
                .map(Path::toString)
                .toList();

        assertFalse(sources.isEmpty());
        assertEquals(List.of(), tooLong);
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> modules = MODULES.stream().map(module -> Path.of("..", module, "src/main/java"))) {
            return modules.flatMap(SourceSizeTest::walk)
                    .filter(file -> file.toString().endsWith(".java"))
                    .toList();
        }
    }

    private static Stream<Path> walk(Path directory) {
        try {
            return Files.walk(directory);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static int lines(Path file) {
        try {
            return Files.readAllLines(file).size();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
