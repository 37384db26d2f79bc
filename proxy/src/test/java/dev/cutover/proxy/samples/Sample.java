// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import dev.cutover.config.Mapping;
import dev.cutover.config.yaml.MappingLoader;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.lifecycle.Layout;
import dev.cutover.proxy.lifecycle.Lifecycle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A schema with the oddities of a well-known one, its next version as a migration, and the mapping between them. */
enum Sample {
    RENTAL(Rental.STEPS),
    MUSIC(Music.STEPS),
    WAREHOUSE(Warehouse.STEPS);

    private final List<SampleLoad.Step> steps;

    Sample(List<SampleLoad.Step> steps) {
        this.steps = steps;
    }

    List<SampleLoad.Step> steps() {
        return steps;
    }

    private Path directory() {
        try {
            return Path.of(
                    Sample.class.getResource(name().toLowerCase(Locale.ROOT)).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first version's migrations, in their order. */
    List<String> first() throws IOException {
        try (Stream<Path> files = Files.list(directory().resolve("v1"))) {
            return files.sorted().map(Sample::read).toList();
        }
    }

    /** Where the next version's migrations are. */
    Path next() {
        return directory().resolve("v2");
    }

    Mapping mapping() throws Exception {
        return MappingLoader.load(directory().resolve("mapping.yaml"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of {@code compare.txt}, the blue half and the green one: a table, and expressions that must be equal. */
    private List<String[]> comparisons() throws IOException {
        return Files.readAllLines(directory().resolve("compare.txt")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(" => ", 2))
                .toList();
    }

    /** Each mapped table's blue and green name. */
    List<String[]> tables() throws IOException {
        return comparisons().stream()
                .map(sides -> new String[] {sides[0].split(":", 2)[0], sides[1].split(":", 2)[0]})
                .toList();
    }

    /** What differs between the sides, by queries of the test's own. */
    List<String> differences(Lifecycle cutover) throws Exception {
        List<String> differences = new ArrayList<>();
        for (String[] sides : comparisons()) {
            List<String> blue = rows(cutover.app(), "v1", sides[0]);
            List<String> green = rows(cutover.green(), "v2", sides[1]);
            if (!blue.equals(green)) {
                differences.add(sides[0] + ": only blue " + less(blue, green) + ", only green " + less(green, blue));
            }
        }
        return differences;
    }

    private static List<String> rows(TestDatabase database, String schema, String side) throws SQLException {
        String[] parts = side.split(": ", 2);
        return database.query("SELECT ROW(" + parts[1] + ")::text FROM " + schema + "." + parts[0] + " ORDER BY ROW("
                + parts[1] + ")::text COLLATE \"C\"");
    }

    private static List<String> less(List<String> rows, List<String> others) {
        List<String> left = new ArrayList<>(rows);
        left.removeAll(others);
        return left.subList(0, Math.min(5, left.size()));
    }

    /** A proxy before this schema; the next version comes with {@code prepare}. */
    Lifecycle start(TestServer server, Layout layout) throws Exception {
        return Lifecycle.start(server, first(), next(), mapping(), layout);
    }
}
