// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.CampaignPrinter;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.config.adminapi.CampaignStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** A command that changes a campaign as a whole. */
abstract class CampaignChange implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "CAMPAIGN", description = "the campaign's name")
    private String campaign = "";

    private final String change;

    /** @param change as the admin API calls it */
    CampaignChange(String change) {
        this.change = change;
    }

    @Override
    public Integer call() throws AdminException {
        CampaignStatus status = admin.campaigns().change(campaign, change);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, status);
        } else {
            System.out.println(CampaignPrinter.line(status));
        }
        return ExitCode.OK;
    }
}
