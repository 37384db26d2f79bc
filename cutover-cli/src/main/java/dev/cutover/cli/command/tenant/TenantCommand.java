// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.tenant;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds the commands that declare tenants. It does nothing without one of them. */
@Command(
        name = "tenant",
        description = "Declare tenants while the proxy runs.",
        mixinStandardHelpOptions = true,
        subcommands = {
            TenantAddCommand.class,
            TenantSetCommand.class,
            TenantRemoveCommand.class,
            TenantListCommand.class
        })
public final class TenantCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name one of add, set, remove and list");
    }
}
