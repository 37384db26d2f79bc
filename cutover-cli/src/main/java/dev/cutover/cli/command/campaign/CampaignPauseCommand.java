// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import picocli.CommandLine.Command;

@Command(
        name = "pause",
        description = "Begin nothing new; what has flipped is still watched.",
        mixinStandardHelpOptions = true)
public final class CampaignPauseCommand extends CampaignChange {
    public CampaignPauseCommand() {
        super("pause");
    }
}
