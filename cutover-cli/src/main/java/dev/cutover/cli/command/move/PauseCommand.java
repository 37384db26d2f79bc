// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import picocli.CommandLine.Command;

@Command(
        name = "pause",
        description = "Pause a running backfill or verification. It stays paused if the proxy restarts.",
        mixinStandardHelpOptions = true)
public final class PauseCommand extends PacingCommand {
    public PauseCommand() {
        super("pause");
    }
}
