// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.SnapshotInfo;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "snapshots", description = "List the tenant's snapshots.", mixinStandardHelpOptions = true)
public final class SnapshotsCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Override
    public Integer call() throws AdminException {
        List<SnapshotInfo> snapshots = admin.client().snapshots(tenant);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, snapshots);
        } else {
            TextPrinter.snapshots(System.out, snapshots);
        }
        return ExitCode.OK;
    }
}
