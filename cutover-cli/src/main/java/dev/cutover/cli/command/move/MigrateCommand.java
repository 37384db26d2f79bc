// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "migrate",
        description = "Migrate the serving schema in place, while clients use it.",
        mixinStandardHelpOptions = true)
public final class MigrateCommand extends OperationCommand {
    @Option(names = "--snapshot", description = "take a snapshot of the schema first")
    private boolean snapshot;

    @Option(names = "--dry-run", description = "name the migrations that would run; change nothing")
    private boolean dryRun;

    @Option(names = "--breaking", description = "also run statements that are not additive")
    private boolean breaking;

    public MigrateCommand() {
        super(VerbName.MIGRATE);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Migrate(snapshot, dryRun, breaking);
    }
}
