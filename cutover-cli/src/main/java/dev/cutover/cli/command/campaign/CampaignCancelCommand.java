// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import picocli.CommandLine.Command;

@Command(
        name = "cancel",
        description = "End a campaign. Running steps end first; tenants stay as they are.",
        mixinStandardHelpOptions = true)
public final class CampaignCancelCommand extends CampaignChange {
    public CampaignCancelCommand() {
        super("cancel");
    }
}
