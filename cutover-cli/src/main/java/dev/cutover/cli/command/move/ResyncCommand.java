// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "resync",
        description = "Retry rows that the idle side refused, and show how many are settled.",
        mixinStandardHelpOptions = true)
public final class ResyncCommand extends OperationCommand {
    @Option(names = "--table", paramLabel = "T", description = "retry only rows of this table of the serving side")
    private @Nullable String table;

    @Option(
            names = "--key",
            paramLabel = "K",
            description =
                    "retry only the row with this key, written as the ledger shows it; for a key of one column, its value is enough")
    private @Nullable String key;

    public ResyncCommand() {
        super(VerbName.RESYNC);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Resync(table, key);
    }
}
