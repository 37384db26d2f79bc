package dev.cutover.cli.command.move;

import dev.cutover.config.api.VerbName;
import dev.cutover.config.api.VerbRequest;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "prepare",
        description = "Bring the idle side's schema to its version.",
        mixinStandardHelpOptions = true)
public final class PrepareCommand extends OperationCommand {
    @Option(names = "--clean", description = "drop the idle side's schema, with all rows in it, and make it anew")
    private boolean clean;

    @Option(names = "--snapshot", description = "take a snapshot of the serving side's schema first")
    private boolean snapshot;

    @Option(
            names = "--force",
            paramLabel = "GUARDRAIL",
            description = "go against the guardrail of this name; tables-are-mapped is the only one that prepare asks")
    private Set<String> force = new TreeSet<>();

    public PrepareCommand() {
        super(VerbName.PREPARE);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Prepare(clean, snapshot, force);
    }
}
