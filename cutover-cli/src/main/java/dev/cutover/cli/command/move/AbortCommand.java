package dev.cutover.cli.command.move;

import dev.cutover.config.api.VerbName;
import picocli.CommandLine.Command;

@Command(
        name = "abort",
        description = "End a transition before its flip. The serving side stays as it is.",
        mixinStandardHelpOptions = true)
public final class AbortCommand extends EndCommand {
    public AbortCommand() {
        super(VerbName.ABORT);
    }
}
