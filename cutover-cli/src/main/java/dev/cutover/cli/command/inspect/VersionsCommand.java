// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.VersionsPrinter;
import dev.cutover.config.adminapi.SideVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "versions",
        description = "List the schema version of each tenant and side, and its drift from the migrations.",
        mixinStandardHelpOptions = true)
public final class VersionsCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Mixin
    private TenantSelection tenants = new TenantSelection();

    @Override
    public Integer call() throws AdminException {
        AdminClient client = admin.client();
        List<SideVersion> versions = new ArrayList<>();
        for (String name : tenants.names(client)) {
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
