// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import dev.cutover.cli.admin.CampaignClient;
import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.CampaignPrinter;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.config.adminapi.CampaignStatus;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        description = "Print how a campaign stands, or all of them in a line each.",
        mixinStandardHelpOptions = true)
public final class CampaignStatusCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "CAMPAIGN", arity = "0..1", description = "the campaign's name (default: all)")
    private @Nullable String campaign;

    @Override
    public Integer call() throws AdminException {
        CampaignClient client = admin.campaigns();
        List<CampaignStatus> found = campaign == null ? client.all() : List.of(client.status(campaign));
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, campaign == null ? found : found.get(0));
        } else if (campaign == null) {
            found.forEach(each -> System.out.println(CampaignPrinter.line(each)));
        } else {
            CampaignPrinter.status(System.out, found.get(0));
        }
        return ExitCode.OK;
    }
}
