// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.snapshot;

import dev.cutover.dualwrite.worker.ChildEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs {@code pg_dump} and {@code pg_restore}. */
final class ArchivePrograms {
    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");
    private static final Pattern SCHEMA_ENTRY = Pattern.compile("(?m)^\\d+; \\d+ \\d+ SCHEMA - (.*) \\S+$");
    private static final long LOOK_MILLIS = 100;

    private final @Nullable Path directory;

    /** @param directory where they lie; null: where the PATH says */
    ArchivePrograms(@Nullable Path directory) {
        this.directory = directory;
    }

    /** The major version of {@code pg_dump}. */
    int dumpVersion() throws SnapshotException, InterruptedException {
        String said = run(null, () -> false, List.of(program("pg_dump"), "--version"));
        Matcher matcher = VERSION.matcher(said);
        if (!matcher.find()) {
            throw new SnapshotException("pg_dump does not tell its version: " + said.strip());
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** Writes the schema to a directory that is not there yet. */
    void dump(ArchiveSource source, Path archive, BooleanSupplier cancelled)
            throws SnapshotException, InterruptedException {
        run(
                source,
                cancelled,
                List.of(
                        program("pg_dump"),
                        "--format=directory",
                        "--schema=" + pattern(source.schema()),
                        "--strict-names",
                        "--lock-wait-timeout=10s",
                        "--no-password",
                        "--file=" + archive));
    }

    /** Reads all of an archive as a restore would, and executes nothing. @return the schemas that it makes */
    List<String> read(Path archive, BooleanSupplier cancelled) throws SnapshotException, InterruptedException {
        String contents = run(null, cancelled, List.of(program("pg_restore"), "--list", archive.toString()));
        run(null, cancelled, List.of(program("pg_restore"), "--file=/dev/null", archive.toString()));
        List<String> schemas = new ArrayList<>();
        Matcher matcher = SCHEMA_ENTRY.matcher(contents);
        while (matcher.find()) {
            schemas.add(matcher.group(1));
        }
        return schemas;
    }

    /** Makes the archive's schema, all of it or nothing. */
    void restore(ArchiveSource target, Path archive, BooleanSupplier cancelled)
            throws SnapshotException, InterruptedException {
        run(
                target,
                cancelled,
                List.of(
                        program("pg_restore"),
                        "--single-transaction",
                        "--no-password",
                        "--dbname=" + target.database(),
                        archive.toString()));
    }

    /** pg_dump takes patterns; a quoted one means itself. */
    private static String pattern(String schema) {
        return "\"" + schema.replace("\"", "\"\"") + "\"";
    }

    private String program(String name) {
        return directory == null ? name : directory.resolve(name).toString();
    }

    /** @param cancelled ends the program. @return what it wrote to its standard output */
    private static String run(@Nullable ArchiveSource source, BooleanSupplier cancelled, List<String> command)
            throws SnapshotException, InterruptedException {
        String name = String.valueOf(Path.of(command.get(0)).getFileName());
        Process process = null;
        Path output = null;
        Path errors = null;
        try {
            output = Files.createTempFile("cutover-" + name, ".out");
            errors = Files.createTempFile("cutover-" + name, ".err");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile());
            ChildEnvironment.reduce(builder.environment());
            builder.environment().put("LC_MESSAGES", "C");
            if (source != null) {
                source.enter(builder.environment());
            }
            process = builder.start();
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (cancelled.getAsBoolean()) {
                    throw new InterruptedException("the proxy is going down");
                }
            }
            if (process.exitValue() != 0) {
                String reason = Files.readString(errors, StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.isBlank() && !line.contains("warning:"))
                        .findFirst()
                        .orElse("it ended with " + process.exitValue());
                throw new SnapshotException(reason.startsWith(name) ? reason : name + ": " + reason);
            }
            return Files.readString(output, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new SnapshotException(
                    "cannot run " + command.get(0) + " (" + e.getMessage()
                            + "); install PostgreSQL's client programs, or name their directory in snapshots.programs",
                    e);
        } finally {
            if (process != null) {
                process.destroy();
            }
            delete(output);
            delete(errors);
        }
    }

    private static void delete(@Nullable Path file) {
        if (file != null) {
            file.toFile().delete();
        }
    }
}
