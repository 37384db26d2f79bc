// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.RefusedRows;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ledger",
        description = "List the rows that the idle side refuses, and why.",
        mixinStandardHelpOptions = true)
public final class LedgerCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Option(names = "--table", paramLabel = "T", description = "show only rows of this table of the serving side")
    private @Nullable String table;

    @Override
    public Integer call() throws AdminException {
        RefusedRows ledger = admin.client().ledger(tenant, table);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, ledger);
        } else {
            TextPrinter.ledger(System.out, ledger);
        }
        return ExitCode.OK;
    }
}
