// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.FeaturesPrinter;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.config.adminapi.TenantFeature;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "features",
        description = "List the features that the configuration declares, and which are on for the tenant.",
        mixinStandardHelpOptions = true)
public final class FeaturesCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Override
    public Integer call() throws AdminException {
        List<TenantFeature> features = admin.client().features(tenant);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, features);
        } else {
            FeaturesPrinter.print(System.out, features);
        }
        return ExitCode.OK;
    }
}
