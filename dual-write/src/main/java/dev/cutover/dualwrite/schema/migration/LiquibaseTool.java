// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.config.MigrationCode;
import dev.cutover.dualwrite.schema.liquibase.LiquibaseProcess;
import dev.cutover.dualwrite.worker.ChildEnvironment;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Liquibase, in a process of its own: its updates of several schemas at a time disturb each other within one. What the process
 * has to know, the password with it, it reads from its standard input; when that ends, because this process has, it stops.
 */
public record LiquibaseTool(Path changelog, MigrationCode code) implements MigrationTool {
    private static final long LOOK_MILLIS = 100;
    private static final long PAUSE_MILLIS = 500;
    /** No schema is called so: all change sets are still to come. */
    private static final String NO_SCHEMA = "cutover none";

    /** What the process said, without the line ends. */
    private record Ended(int exitCode, List<String> lines) {
        List<String> said(String kind) {
            return lines.stream()
                    .filter(line -> line.startsWith(kind))
                    .map(line -> line.substring(kind.length()))
                    .toList();
        }
    }

    @Override
    public int migrate(DataSource database, String schema, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Ended ended = run(database, schema, LiquibaseProcess.UPDATE, null, cancelled);
            if (ended.exitCode() == 0) {
                return ended.said(LiquibaseProcess.APPLIED).stream()
                        .mapToInt(Integer::parseInt)
                        .sum();
            }
            boolean again = ended.exitCode() == LiquibaseProcess.GAVE_WAY && attempt < ATTEMPTS;
            if (!again || cancelled.getAsBoolean()) {
                throw failed(ended);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    @Override
    public void baseline(DataSource database, String schema, @Nullable String version, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        Ended ended = run(database, schema, LiquibaseProcess.BASELINE, version, cancelled);
        if (ended.exitCode() != 0) {
            throw failed(ended);
        }
    }

    @Override
    public List<PendingMigration> pending(DataSource database, String schema) throws MigrationFailedException {
        throw notInPlace();
    }

    @Override
    public List<PendingMigration> callbacks() {
        return List.of();
    }

    @Override
    public List<String> undo(DataSource database, String schema, String to, BooleanSupplier cancelled)
            throws MigrationFailedException {
        throw notInPlace();
    }

    @Override
    public List<String> undoPlan(DataSource database, String schema, String to) throws MigrationFailedException {
        throw notInPlace();
    }

    @Override
    public boolean baselined(DataSource database, String schema) {
        return true;
    }

    private static MigrationFailedException notInPlace() {
        return new MigrationFailedException(
                "a schema cannot be migrated in place with Liquibase yet; move the tenant to the other side instead");
    }

    private static MigrationFailedException failed(Ended ended) {
        return new MigrationFailedException("Liquibase: "
                + ended.said(LiquibaseProcess.ERROR).stream()
                        .findFirst()
                        .orElse("its process ended with " + ended.exitCode()));
    }

    @Override
    public List<String> problems(DataSource database, String schema) throws InterruptedException {
        try {
            Ended ended = run(database, schema, LiquibaseProcess.VALIDATE, null, () -> false);
            return ended.exitCode() == 0 ? ended.said(LiquibaseProcess.PROBLEM) : ended.said(LiquibaseProcess.ERROR);
        } catch (MigrationFailedException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<String> obstacles(DataSource database, String schema, boolean anew) throws InterruptedException {
        try {
            Ended ended = run(database, anew ? NO_SCHEMA : schema, LiquibaseProcess.PARSE, null, () -> false);
            return ended.exitCode() == 0
                    ? List.of()
                    : ended.said(LiquibaseProcess.ERROR).stream()
                            .map(error -> "Liquibase: " + error)
                            .toList();
        } catch (MigrationFailedException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    private Ended run(
            DataSource database, String schema, String command, @Nullable String tag, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        Process process = null;
        try {
            Path log = Files.createTempFile("cutover-liquibase", ".log");
            try {
                ProcessBuilder builder = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-Xmx256m",
                                // It lives for seconds.
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path", ""),
                                LiquibaseProcess.class.getName())
                        .redirectError(log.toFile());
                ChildEnvironment.reduce(builder.environment());
                process = builder.start();
                // It stays open: its end tells the process that this one is gone.
                OutputStream input = process.getOutputStream();
                input.write(LiquibaseProcess.request(task(database, schema, command, tag))
                        .getBytes(StandardCharsets.UTF_8));
                input.flush();
                while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    if (cancelled.getAsBoolean()) {
                        throw new InterruptedException("the proxy is going down");
                    }
                }
                try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                    return new Ended(process.exitValue(), output.lines().toList());
                }
            } finally {
                Files.delete(log);
            }
        } catch (IOException | SQLException e) {
            throw new MigrationFailedException("Liquibase: its process could not be run: " + e.getMessage(), e);
        } finally {
            if (process != null) {
                process.destroy();
            }
        }
    }

    private Properties task(DataSource database, String schema, String command, @Nullable String tag)
            throws SQLException {
        Unpooled unpooled = Unpooled.of(database);
        Properties task = new Properties();
        unpooled.driver()
                .stringPropertyNames()
                .forEach(name -> task.setProperty(
                        LiquibaseProcess.DRIVER + name, unpooled.driver().getProperty(name)));
        task.setProperty("command", command);
        if (tag != null) {
            task.setProperty(LiquibaseProcess.TAG, tag);
        }
        if (code == MigrationCode.ALLOW) {
            task.setProperty(LiquibaseProcess.CODE, "allow");
        }
        task.setProperty("url", unpooled.url());
        task.setProperty("schema", schema);
        task.setProperty("lockTimeout", LOCK_TIMEOUT);
        task.setProperty("directory", String.valueOf(changelog.toAbsolutePath().getParent()));
        task.setProperty("file", String.valueOf(changelog.getFileName()));
        return task;
    }
}
