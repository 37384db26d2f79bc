// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import picocli.CommandLine.Command;

@Command(
        name = "resume",
        description = "Continue a paused campaign, with a new budget.",
        mixinStandardHelpOptions = true)
public final class CampaignResumeCommand extends CampaignChange {
    public CampaignResumeCommand() {
        super("resume");
    }
}
