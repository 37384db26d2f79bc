// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.CampaignPrinter;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.yaml.ConfigException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "start",
        description = "Start a campaign; returns at once. If it has started already, nothing is done.",
        mixinStandardHelpOptions = true)
public final class CampaignStartCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "FILE", description = "the campaign's manifest")
    private Path file = Path.of("");

    @Override
    public Integer call() throws AdminException, ConfigException {
        CampaignStatus status = admin.campaigns().start(ManifestFile.read(file));
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, status);
        } else {
            System.out.println(CampaignPrinter.line(status));
        }
        return ExitCode.OK;
    }
}
