// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.cli.command.move.SnapshotCommand.Which;
import dev.cutover.config.adminapi.SideRole;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "restore",
        description = "Restore the idle side's schema and rows from a snapshot of that side.",
        mixinStandardHelpOptions = true)
public final class RestoreCommand extends OperationCommand {
    @Option(names = "--from", paramLabel = "NAME", required = true, description = "the snapshot's name")
    private String from = "";

    @Option(
            names = "--side",
            paramLabel = "serving|idle",
            description = "the side to restore (default: idle); the serving side is refused")
    private Which side = Which.idle;

    @Option(names = "--clean", description = "first drop the idle side's schema with all its rows")
    private boolean clean;

    public RestoreCommand() {
        super(VerbName.RESTORE);
    }

    @Override
    VerbRequest request() {
        SideRole role = side == Which.idle ? SideRole.IDLE : SideRole.SERVING;
        return new VerbRequest.Restore(from, role, clean);
    }
}
