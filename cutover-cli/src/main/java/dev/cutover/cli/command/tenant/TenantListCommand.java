// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.tenant;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        description = "List the declared tenants, and what keeps one from being served as declared.",
        mixinStandardHelpOptions = true)
public final class TenantListCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Override
    public Integer call() throws AdminException {
        DeclarationPrinter.print(admin.output(), admin.client().declaredTenants());
        return ExitCode.OK;
    }
}
