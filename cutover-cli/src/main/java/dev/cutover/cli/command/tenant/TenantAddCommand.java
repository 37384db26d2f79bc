// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.tenant;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        description = "Declare a tenant. Every proxy of the fleet serves it, without a reload.",
        mixinStandardHelpOptions = true)
public final class TenantAddCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Mixin
    private EntryOptions entry = new EntryOptions();

    @Parameters(paramLabel = "NAME", description = "the tenant's name")
    private String tenant = "";

    @Override
    public Integer call() throws AdminException {
        DeclarationPrinter.print(admin.output(), admin.client().addTenant(tenant, entry.declaration(List.of())));
        return ExitCode.OK;
    }
}
