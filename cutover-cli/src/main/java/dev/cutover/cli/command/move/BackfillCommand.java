// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "backfill",
        description = "Copy the rows that were there before mirroring began. Run it again to resume.",
        mixinStandardHelpOptions = true)
public final class BackfillCommand extends OperationCommand {
    @Mixin
    private PacingOptions pacing = new PacingOptions();

    public BackfillCommand() {
        super(VerbName.BACKFILL);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Backfill(pacing.pacing());
    }
}
