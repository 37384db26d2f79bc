package dev.cutover.cli.verb;

import dev.cutover.cli.ExitCode;
import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.admin.AdminException;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.VersionsPrinter;
import dev.cutover.config.control.SideVersion;
import dev.cutover.config.control.TenantSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "versions",
        description = "List tenants and sides with their schema version, and what is not as the migrations made it.",
        mixinStandardHelpOptions = true)
public final class VersionsCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", arity = "0..1", description = "the tenant's name (default: all tenants)")
    private @Nullable String tenant;

    @Override
    public Integer call() throws AdminException {
        AdminClient client = admin.client();
        List<String> names = tenant != null
                ? List.of(tenant)
                : client.tenants().stream().map(TenantSummary::tenant).toList();
        List<SideVersion> versions = new ArrayList<>();
        for (String name : names) {
            versions.addAll(client.versions(name));
        }
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, versions);
        } else {
            VersionsPrinter.print(System.out, versions);
        }
        return ExitCode.OK;
    }
}
