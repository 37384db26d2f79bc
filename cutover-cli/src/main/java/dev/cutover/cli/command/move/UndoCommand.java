// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "undo",
        description = "Take migrations of the serving schema back by their undo scripts.",
        mixinStandardHelpOptions = true)
public final class UndoCommand extends OperationCommand {
    @Option(
            names = "--to",
            paramLabel = "VERSION",
            description = "the version that stays (default: the one before the last migrate)")
    private @Nullable String to;

    @Option(names = "--dry-run", description = "name the scripts that would run; change nothing")
    private boolean dryRun;

    public UndoCommand() {
        super(VerbName.UNDO);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Undo(to, dryRun);
    }
}
