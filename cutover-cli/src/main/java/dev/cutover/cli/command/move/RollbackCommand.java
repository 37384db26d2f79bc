// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import picocli.CommandLine.Command;

@Command(
        name = "rollback",
        description = "Go back to the side that served before the flip. No write is lost.",
        mixinStandardHelpOptions = true)
public final class RollbackCommand extends SwitchCommand {
    public RollbackCommand() {
        super(VerbName.ROLLBACK);
    }
}
