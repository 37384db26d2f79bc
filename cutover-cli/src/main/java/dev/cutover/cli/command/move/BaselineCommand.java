// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "baseline", description = "Create the migration tool's version table on a serving side that has none.")
public final class BaselineCommand extends OperationCommand {
    @Option(
            names = "--version",
            paramLabel = "V",
            description = "the version to record (default: 1 with Flyway, the whole change log with Liquibase)")
    private @Nullable String version;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean help;

    public BaselineCommand() {
        super(VerbName.BASELINE);
    }

    @Override
    VerbRequest request() {
        return new VerbRequest.Baseline(version);
    }
}
