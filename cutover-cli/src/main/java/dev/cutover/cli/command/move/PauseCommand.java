package dev.cutover.cli.command.move;

import picocli.CommandLine.Command;

@Command(
        name = "pause",
        description = "Have a backfill or a verification wait, also after a restart of the proxy.",
        mixinStandardHelpOptions = true)
public final class PauseCommand extends PacingCommand {
    public PauseCommand() {
        super("pause");
    }
}
