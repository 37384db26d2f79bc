// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.TenantSummary;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "tenants", description = "List the tenants.", mixinStandardHelpOptions = true)
public final class TenantsCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Mixin
    private TenantFilter filter = new TenantFilter();

    @Override
    public Integer call() throws AdminException {
        List<TenantSummary> tenants = filter.tenants(admin.client());
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, tenants);
        } else {
            TextPrinter.tenants(System.out, tenants);
        }
        return ExitCode.OK;
    }
}
