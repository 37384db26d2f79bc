// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "prepare",
        description = "Migrate the idle side's schema to its version.",
        mixinStandardHelpOptions = true)
public final class PrepareCommand extends OperationCommand {
    @Option(names = "--clean", description = "drop the idle side's schema with all its rows, and create it again")
    private boolean clean;

    @Option(names = "--snapshot", description = "take a snapshot of the serving side's schema first")
    private boolean snapshot;

    @Option(
            names = "--force",
            paramLabel = "GUARDRAIL",
            description = "override the guardrail of this name; prepare runs only tables-are-mapped")
    private Set<String> force = new TreeSet<>();

    public PrepareCommand() {
        super(VerbName.PREPARE);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Prepare(clean, snapshot, force);
    }
}
