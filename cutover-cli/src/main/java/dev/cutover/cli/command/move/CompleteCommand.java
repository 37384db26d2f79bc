// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(
        name = "complete",
        description = "End a cutover: stop mirroring. The serving side stays as it is.",
        mixinStandardHelpOptions = true)
public final class CompleteCommand extends EndCommand {
    @Option(
            names = "--drop-old",
            description = "also drop the schema of the side that no longer serves, after a snapshot of it")
    private boolean dropOld;

    @Option(names = "--no-snapshot", description = "with --drop-old: take no snapshot")
    private boolean noSnapshot;

    public CompleteCommand() {
        super(VerbName.COMPLETE);
    }

    @Override
    VerbRequest request() {
        if (noSnapshot && !dropOld) {
            throw new ParameterException(commandLine(), "--no-snapshot goes with --drop-old");
        }
        return new VerbRequest.Complete(dropOld, !noSnapshot);
    }
}
