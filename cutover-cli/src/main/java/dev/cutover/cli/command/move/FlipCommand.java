// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import picocli.CommandLine.Command;

@Command(
        name = "flip",
        description = "Make the idle side the serving side. No query fails.",
        mixinStandardHelpOptions = true)
public final class FlipCommand extends SwitchCommand {
    public FlipCommand() {
        super(VerbName.FLIP);
    }
}
