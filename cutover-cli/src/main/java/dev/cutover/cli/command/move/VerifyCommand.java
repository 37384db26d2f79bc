// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.adminapi.VerifyScope;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "verify",
        description = "Compare both sides. A clean result makes the tenant READY.",
        mixinStandardHelpOptions = true)
public final class VerifyCommand extends OperationCommand {
    @Option(
            names = "--repair",
            description = "mark rows that differ, so that resync makes them equal to the serving side")
    private boolean repair;

    @Option(
            names = "--sample",
            paramLabel = "PERCENT",
            description =
                    "compare at least PERCENT of the rows. A clean sample does not make the tenant READY; a difference revokes READY")
    private double sample = VerifyScope.ALL.percent();

    @Option(names = "--show-values", description = "also show the values of rows that differ")
    private boolean showValues;

    @Mixin
    private PacingOptions pacing = new PacingOptions();

    public VerifyCommand() {
        super(VerbName.VERIFY);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Verify(repair, pacing.pacing(), new VerifyScope(sample, showValues));
    }
}
