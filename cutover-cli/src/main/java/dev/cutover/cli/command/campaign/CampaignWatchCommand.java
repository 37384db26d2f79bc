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
import dev.cutover.config.adminapi.CampaignStatus.State;
import java.time.LocalTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        description = "Print a line for each change, until the campaign is paused or has ended.",
        mixinStandardHelpOptions = true)
public final class CampaignWatchCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 500;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "CAMPAIGN", description = "the campaign's name")
    private String campaign = "";

    @Override
    public Integer call() throws AdminException, InterruptedException {
        CampaignClient client = admin.campaigns();
        Set<String> shown = new HashSet<>();
        while (true) {
            CampaignStatus status = client.status(campaign);
            tell(status, shown);
            if (status.state() == State.PAUSED || status.state().last()) {
                return exitCode(status);
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private void tell(CampaignStatus status, Set<String> shown) {
        List<String> lines = CampaignPrinter.changes(status);
        boolean any = false;
        for (String line : lines) {
            if (shown.add(line)) {
                any = true;
                if (admin.output() == Output.text) {
                    System.out.println(LocalTime.now().withNano(0) + "  " + line);
                }
            }
        }
        if (any && admin.output() == Output.json) {
            JsonPrinter.line(System.out, status);
        }
    }

    private static int exitCode(CampaignStatus status) {
        boolean well =
                status.state() == State.ENDED && CampaignPrinter.failed(status).isEmpty();
        return well ? ExitCode.OK : ExitCode.FAILED;
    }
}
