// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.ProxyStatus;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "proxies",
        description = "List the proxies that share the control database.",
        mixinStandardHelpOptions = true)
public final class ProxiesCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Override
    public Integer call() throws AdminException {
        List<ProxyStatus> proxies = admin.client().proxies();
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, proxies);
        } else {
            TextPrinter.proxies(System.out, proxies);
        }
        return ExitCode.OK;
    }
}
