// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "mirror", description = "Start mirroring writes to the idle side.", mixinStandardHelpOptions = true)
public final class MirrorCommand extends OperationCommand {
    @Option(
            names = "--force",
            paramLabel = "GUARDRAIL",
            description = "override the guardrail of this name; mirror runs only tables-are-mapped")
    private Set<String> force = new TreeSet<>();

    public MirrorCommand() {
        super(VerbName.MIRROR);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Mirror(force);
    }
}
