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
import java.util.Base64;
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
        return succeeded(again(database, schema, LiquibaseProcess.UPDATE, null, cancelled))
                .said(LiquibaseProcess.APPLIED)
                .stream()
                .mapToInt(Integer::parseInt)
                .sum();
    }

    /** While it gives way to others' locks. */
    private Ended again(
            DataSource database, String schema, String command, @Nullable String argument, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Ended ended = run(database, schema, command, argument, cancelled);
            boolean gaveWay = ended.exitCode() == LiquibaseProcess.GAVE_WAY && attempt < ATTEMPTS;
            if (!gaveWay || cancelled.getAsBoolean()) {
                return ended;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    @Override
    public void baseline(DataSource database, String schema, @Nullable String version, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        succeeded(run(database, schema, LiquibaseProcess.BASELINE, version, cancelled));
    }

    @Override
    public List<PendingMigration> pending(DataSource database, String schema)
            throws MigrationFailedException, InterruptedException {
        Ended ended = succeeded(run(database, schema, LiquibaseProcess.PENDING, null, () -> false));
        return ended.said(LiquibaseProcess.TO_COME).stream()
                .map(line -> line.split("\t", 2))
                .map(parts -> new PendingMigration(
                        "change set " + parts[0],
                        new String(Base64.getDecoder().decode(parts[1]), StandardCharsets.UTF_8)))
                .toList();
    }

    @Override
    public List<PendingMigration> callbacks() {
        return List.of();
    }

    @Override
    public List<String> undo(DataSource database, String schema, String to, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        return succeeded(again(database, schema, LiquibaseProcess.UNDO, to, cancelled))
                .said(LiquibaseProcess.TAKEN_BACK);
    }

    @Override
    public List<String> undoPlan(DataSource database, String schema, String to)
            throws MigrationFailedException, InterruptedException {
        return succeeded(run(database, schema, LiquibaseProcess.UNDO_PLAN, to, () -> false))
                .said(LiquibaseProcess.TAKEN_BACK);
    }

    /** A change log sync leaves no trace in Liquibase's history that tells it from an update. */
    @Override
    public boolean baselined(DataSource database, String schema) {
        return true;
    }

    private static Ended succeeded(Ended ended) throws MigrationFailedException {
        if (ended.exitCode() != 0) {
            throw failed(ended);
        }
        return ended;
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
            DataSource database, String schema, String command, @Nullable String argument, BooleanSupplier cancelled)
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
                input.write(LiquibaseProcess.request(task(database, schema, command, argument))
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

    private Properties task(DataSource database, String schema, String command, @Nullable String argument)
            throws SQLException {
        Unpooled unpooled = Unpooled.of(database);
        Properties task = new Properties();
        unpooled.driver()
                .stringPropertyNames()
                .forEach(name -> task.setProperty(
                        LiquibaseProcess.DRIVER + name, unpooled.driver().getProperty(name)));
        task.setProperty("command", command);
        if (argument != null) {
            task.setProperty(
                    command.equals(LiquibaseProcess.BASELINE) ? LiquibaseProcess.TAG : LiquibaseProcess.TO, argument);
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
