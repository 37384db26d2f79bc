package dev.cutover.cli.verb;

import dev.cutover.config.control.OperationRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "prepare",
        description = "Bring the idle side's schema to its version.",
        mixinStandardHelpOptions = true)
public final class PrepareCommand extends OperationCommand {
    @Option(names = "--clean", description = "drop the idle side's schema, with all rows in it, and make it anew")
    private boolean clean;

    public PrepareCommand() {
        super("prepare");
    }

    @Override
    OperationRequest request() {
        return new OperationRequest(false, false, clean, false);
    }
}
