// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.process;

import dev.cutover.cli.demo.Demo;
import dev.cutover.cli.demo.DemoFailure;
import dev.cutover.cli.demo.DemoReport;
import dev.cutover.cli.demo.Sandbox;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description =
                "Flip a tenant, roll it back and flip it again under load, on an embedded PostgreSQL, and check every row.",
        mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--output",
            paramLabel = "text|json",
            description = "json prints the report on stdout and the rest on stderr")
    private Output output = Output.text;

    @Override
    public Integer call()
            throws StartupException, ConfigException, IOException, SQLException, AdminException, InterruptedException {
        Path directory = Path.of(System.getProperty("cutover.home", "."), "target", "demo");
        // The timeline tells what happens; the log speaks up only when something is wrong.
        System.setProperty("CUTOVER_LOG_LEVEL", System.getenv().getOrDefault("CUTOVER_LOG_LEVEL", "WARN"));
        PrintStream out = output == Output.json ? System.err : System.out;
        try (Sandbox sandbox = Sandbox.start(Runtimes.proxy(), directory, 0, 0)) {
            DemoReport report = new Demo(sandbox, out).run();
            try (PrintStream file = new PrintStream(
                    Files.newOutputStream(directory.resolve("report.json")), false, StandardCharsets.UTF_8)) {
                JsonPrinter.print(file, report);
            }
            if (output == Output.json) {
                JsonPrinter.print(System.out, report);
            } else {
                out.println("The report is in " + directory.resolve("report.json"));
            }
            return report.proven() ? ExitCode.OK : ExitCode.FAILED;
        } catch (DemoFailure e) {
            System.err.println("cutover: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }
}
