// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.TenantStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Changes how the work on a tenant goes that is under way, and shows where it stands. */
public abstract class PacingCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    private final String change;

    PacingCommand(String change) {
        this.change = change;
    }

    @Override
    public Integer call() throws AdminException {
        TenantStatus status = admin.client().pace(tenant, change);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, status);
        } else {
            TextPrinter.status(System.out, status);
        }
        return ExitCode.OK;
    }
}
