// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.campaign;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.CampaignPrinter;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.config.adminapi.CampaignPlan;
import dev.cutover.config.yaml.ConfigException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "plan",
        description = "Print which tenants would move in which wave, and what keeps them from it. Changes nothing.",
        mixinStandardHelpOptions = true)
public final class CampaignPlanCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "FILE", description = "the campaign's manifest")
    private Path file = Path.of("");

    @Override
    public Integer call() throws AdminException, ConfigException {
        CampaignPlan plan = admin.campaigns().plan(ManifestFile.read(file));
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, plan);
        } else {
            CampaignPrinter.plan(System.out, plan);
        }
        boolean blocked = plan.waves().stream()
                .flatMap(wave -> wave.tenants().stream())
                .anyMatch(tenant -> !tenant.blockers().isEmpty());
        return blocked ? ExitCode.REFUSED : ExitCode.OK;
    }
}
