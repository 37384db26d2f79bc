package dev.cutover.cli.command.move;

import dev.cutover.config.api.VerbName;
import dev.cutover.config.api.VerbRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "resync",
        description = "Try rows again that the idle side has refused, and say how many are settled now.",
        mixinStandardHelpOptions = true)
public final class ResyncCommand extends OperationCommand {
    @Option(names = "--table", paramLabel = "T", description = "only the rows of this table of the serving side")
    private @Nullable String table;

    @Option(
            names = "--key",
            paramLabel = "K",
            description = "only the row with this key: as the ledger shows it, or the value of a key of one column")
    private @Nullable String key;

    public ResyncCommand() {
        super(VerbName.RESYNC);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Resync(table, key);
    }
}
