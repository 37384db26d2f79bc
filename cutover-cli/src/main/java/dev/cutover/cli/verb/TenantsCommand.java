package dev.cutover.cli.verb;

import dev.cutover.cli.ExitCode;
import dev.cutover.cli.admin.AdminException;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.control.TenantSummary;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "tenants", description = "List the tenants.", mixinStandardHelpOptions = true)
public final class TenantsCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Override
    public Integer call() throws AdminException {
        List<TenantSummary> tenants = admin.client().tenants();
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, tenants);
        } else {
            TextPrinter.tenants(System.out, tenants);
        }
        return ExitCode.OK;
    }
}
