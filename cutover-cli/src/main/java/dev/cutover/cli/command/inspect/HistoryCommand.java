// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.AuditEntry;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "history",
        description = "Show what was done to the tenant, by whom, and the result.",
        mixinStandardHelpOptions = true)
public final class HistoryCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "show N entries, the newest first (default: 50, at most 1000)")
    private int limit;

    @Override
    public Integer call() throws AdminException {
        if (limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit: not a positive number: " + limit);
        }
        List<AuditEntry> history = admin.client().history(tenant, limit);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, history);
        } else {
            TextPrinter.history(System.out, history);
        }
        return ExitCode.OK;
    }
}
