// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "transform",
        description = "Update all rows of a table of the serving side in chunks. Run it again to resume.",
        mixinStandardHelpOptions = true)
public final class TransformCommand extends OperationCommand {
    @Option(names = "--table", paramLabel = "TABLE", required = true, description = "the table, without its schema")
    private String table = "";

    @Option(
            names = "--set",
            paramLabel = "SQL",
            required = true,
            description = "what to set, as UPDATE takes it: column = expression, and so on")
    private String set = "";

    @Option(names = "--where", paramLabel = "SQL", description = "only rows for which this holds (default: all)")
    private @Nullable String where;

    @Mixin
    private RateOption rate = new RateOption();

    @Option(names = "--again", description = "once more, although it has ended")
    private boolean again;

    @Option(names = "--dry-run", description = "check the UPDATE and print it; change nothing")
    private boolean dryRun;

    public TransformCommand() {
        super(VerbName.TRANSFORM);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Transform(table, set, where, rate.pacing(), again, dryRun);
    }
}
