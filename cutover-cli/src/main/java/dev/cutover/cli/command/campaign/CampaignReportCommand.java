// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.CampaignPage;
import dev.cutover.cli.render.CampaignPrinter;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.config.adminapi.CampaignStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "report",
        description = "Print what came of a campaign: each tenant, and why it failed if it did.",
        mixinStandardHelpOptions = true)
public final class CampaignReportCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "CAMPAIGN", description = "the campaign's name")
    private String campaign = "";

    @Option(names = "--html", paramLabel = "FILE", description = "write one self-contained HTML page to this file")
    private @Nullable Path html;

    @Override
    public Integer call() throws AdminException {
        CampaignStatus status = admin.campaigns().status(campaign);
        if (html != null) {
            write(html, CampaignPage.of(status));
        } else if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, status);
        } else {
            CampaignPrinter.report(System.out, status);
        }
        return ExitCode.OK;
    }

    private static void write(Path file, String page) throws AdminException {
        try {
            Files.writeString(file, page);
        } catch (IOException e) {
            throw new AdminException(ExitCode.FAILED, "--html: cannot write " + file + ": " + e.getMessage());
        }
    }
}
