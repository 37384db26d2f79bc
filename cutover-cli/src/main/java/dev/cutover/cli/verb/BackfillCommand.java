package dev.cutover.cli.verb;

import picocli.CommandLine.Command;

@Command(
        name = "backfill",
        description = "Copy what was there before mirroring began. Goes on where it stopped.",
        mixinStandardHelpOptions = true)
public final class BackfillCommand extends OperationCommand {
    public BackfillCommand() {
        super("backfill");
    }
}
