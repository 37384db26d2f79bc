// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import picocli.CommandLine.Command;

@Command(
        name = "abort",
        description = "End a transition before its flip. The serving side stays as it is.",
        mixinStandardHelpOptions = true)
public final class AbortCommand extends EndCommand {
    public AbortCommand() {
        super(VerbName.ABORT);
    }
}
