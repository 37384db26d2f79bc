// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.process;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.ReloadReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "reload",
        description = "Make the proxy read its configuration file again.",
        mixinStandardHelpOptions = true)
public final class ReloadCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Override
    public Integer call() throws AdminException {
        ReloadReport report = admin.client().reload();
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, report);
        } else {
            TextPrinter.reload(System.out, report);
        }
        return ExitCode.OK;
    }
}
