package dev.cutover.cli.verb;

import picocli.CommandLine.Command;

@Command(name = "mirror", description = "Start mirroring writes to the idle side.", mixinStandardHelpOptions = true)
public final class MirrorCommand extends OperationCommand {
    public MirrorCommand() {
        super("mirror");
    }
}
