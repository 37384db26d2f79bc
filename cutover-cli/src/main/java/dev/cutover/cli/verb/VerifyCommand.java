package dev.cutover.cli.verb;

import dev.cutover.config.control.OperationRequest;
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

    @Mixin
    private PacingOptions pacing = new PacingOptions();

    public VerifyCommand() {
        super("verify");
    }

    @Override
    OperationRequest request() {
        return OperationRequest.paced(repair, pacing.pacing());
    }
}
