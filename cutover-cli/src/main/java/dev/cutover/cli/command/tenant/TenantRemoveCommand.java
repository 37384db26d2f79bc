// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.tenant;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "remove",
        description = "Remove a declared tenant. Its sessions end between two transactions.",
        mixinStandardHelpOptions = true)
public final class TenantRemoveCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "NAME", description = "the tenant's name")
    private String tenant = "";

    @Override
    public Integer call() throws AdminException {
        DeclarationPrinter.print(admin.output(), admin.client().removeTenant(tenant));
        return ExitCode.OK;
    }
}
