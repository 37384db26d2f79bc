package dev.cutover.cli.command.move;

import picocli.CommandLine.Command;

@Command(
        name = "resume",
        description = "Have a paused backfill or verification go on.",
        mixinStandardHelpOptions = true)
public final class ResumeCommand extends PacingCommand {
    public ResumeCommand() {
        super("resume");
    }
}
