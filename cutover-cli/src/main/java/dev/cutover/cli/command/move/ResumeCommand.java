// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import picocli.CommandLine.Command;

@Command(name = "resume", description = "Resume a paused backfill or verification.", mixinStandardHelpOptions = true)
public final class ResumeCommand extends PacingCommand {
    public ResumeCommand() {
        super("resume");
    }
}
