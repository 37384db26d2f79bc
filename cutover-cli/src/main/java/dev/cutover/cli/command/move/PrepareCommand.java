package dev.cutover.cli.command.move;

import dev.cutover.config.api.OperationRequest;
import dev.cutover.config.api.SnapshotRequest;
import dev.cutover.config.api.SnapshotRequest.SideRole;
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
        super("prepare");
    }

    @Override
    OperationRequest request() {
        return OperationRequest.snapshot(clean, new SnapshotRequest(SideRole.SERVING, null, snapshot, false))
                .withForced(force);
    }
}
