package dev.cutover.cli.verb;

import picocli.CommandLine.Command;

@Command(
        name = "check",
        description = "Say what stands between the tenant and a flip.",
        mixinStandardHelpOptions = true)
public final class CheckCommand extends OperationCommand {
    public CheckCommand() {
        super("check");
    }
}
