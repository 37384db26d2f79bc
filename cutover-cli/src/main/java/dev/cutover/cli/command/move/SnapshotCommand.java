// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.SideRole;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "snapshot",
        description = "Take a snapshot of one side's schema and rows with pg_dump.",
        mixinStandardHelpOptions = true)
public final class SnapshotCommand extends OperationCommand {
    enum Which {
        serving,
        idle
    }

    @Option(
            names = "--side",
            paramLabel = "serving|idle",
            description = "the side to take a snapshot of (default: serving)")
    private Which side = Which.serving;

    public SnapshotCommand() {
        super(VerbName.SNAPSHOT);
    }

    @Override
    VerbRequest request() {
        SideRole role = side == Which.idle ? SideRole.IDLE : SideRole.SERVING;
        return new VerbRequest.Snapshot(role);
    }
}
