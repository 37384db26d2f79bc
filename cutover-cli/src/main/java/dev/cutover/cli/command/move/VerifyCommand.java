package dev.cutover.cli.command.move;

import dev.cutover.config.api.VerbName;
import dev.cutover.config.api.VerbRequest;
import dev.cutover.config.api.VerifyScope;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "verify",
        description = "Compare both sides; a clean result makes the tenant READY.",
        mixinStandardHelpOptions = true)
public final class VerifyCommand extends OperationCommand {
    @Option(names = "--repair", description = "have rows that differ made equal to the serving side's")
    private boolean repair;

    @Option(
            names = "--sample",
            paramLabel = "PERCENT",
            description = "compare so many of the rows at least; proves nothing, and makes no tenant READY")
    private double sample = VerifyScope.ALL.percent();

    @Option(names = "--show-values", description = "tell the values of rows that differ, too")
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
