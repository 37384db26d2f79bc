package dev.cutover.cli.verb;

import picocli.CommandLine.Command;

@Command(
        name = "complete",
        description = "End a cutover: stop mirroring; the side that serves now stays.",
        mixinStandardHelpOptions = true)
public final class CompleteCommand extends OperationCommand {
    public CompleteCommand() {
        super("complete");
    }
}
