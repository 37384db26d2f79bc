// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The group of the commands about campaigns; alone it asks for one of them. */
@Command(
        name = "campaign",
        description = "Move many tenants in waves.",
        mixinStandardHelpOptions = true,
        subcommands = {
            CampaignPlanCommand.class,
            CampaignStartCommand.class,
            CampaignStatusCommand.class,
            CampaignWatchCommand.class,
            CampaignPauseCommand.class,
            CampaignResumeCommand.class,
            CampaignCancelCommand.class,
            CampaignReportCommand.class
        })
public final class CampaignCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "say what to do: "
                        + String.join(
                                ", ",
                                spec.subcommands().keySet().stream().sorted().toList()));
    }
}
