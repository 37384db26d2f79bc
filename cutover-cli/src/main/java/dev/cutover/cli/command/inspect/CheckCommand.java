// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.command.move.OperationCommand;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.MappingPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.ComparedRead;
import dev.cutover.config.adminapi.MappedTable;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.SeenStatement;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        description = "Show what blocks a flip of the tenant, and how its clients' writes are mirrored.",
        mixinStandardHelpOptions = true)
public final class CheckCommand extends OperationCommand {
    private static final int USUALLY_AT_ONCE = 4;

    @Option(
            names = "--all",
            help = true, // then TENANT is not asked for
            description = "check all tenants, or those that --match and --tag choose, and rank them; without TENANT")
    private boolean all;

    @Mixin
    private TenantFilter filter = new TenantFilter();

    @Option(names = "--parallel", paramLabel = "N", description = "with --all: how many tenants at a time (default: 4)")
    private @Nullable Integer parallel;

    @Option(names = "--csv", description = "with --all: print one line of CSV for each tenant")
    private boolean csv;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private List<MappedTable> mapping = List.of();
    private List<SeenStatement> statements = List.of();
    private List<ComparedRead> reads = List.of();

    public CheckCommand() {
        super(VerbName.CHECK);
    }

    /** The operation's fields, and beside them the mapping, the statements and the compared reads. */
    private record Report(
            @JsonUnwrapped Operation operation,
            List<MappedTable> mapping,
            List<SeenStatement> statements,
            List<ComparedRead> reads) {}

    @Override
    public Integer call() throws AdminException, ConfigException, StartupException {
        if (!all) {
            refuse(filter.given() || csv || parallel != null, "--match, --tag, --parallel and --csv need --all");
            return super.call();
        }
        refuse(!tenant().isEmpty(), "--all goes without TENANT");
        refuse(detached(), "--all goes without --detach");
        int atOnce = parallel == null ? USUALLY_AT_ONCE : parallel;
        refuse(atOnce < 1 || atOnce > 64, "--parallel must be from 1 to 64");
        AdminClient client = admin().client();
        FleetCheck.Report report = FleetCheck.of(client, filter.tenants(client), atOnce);
        if (admin().output() == Output.json) {
            JsonPrinter.print(System.out, report);
        } else if (csv) {
            FleetCheck.csv(System.out, report);
        } else {
            FleetCheck.print(System.out, report);
        }
        return report.exitCode();
    }

    private void refuse(boolean wrong, String why) {
        if (wrong) {
            throw new ParameterException(spec.commandLine(), why);
        }
    }

    @Override
    protected void ended(AdminClient client, String tenant) throws AdminException {
        mapping = client.mapping(tenant);
        statements = client.statements(tenant);
        reads = client.reads(tenant);
    }

    @Override
    protected Object document(Operation operation) {
        return new Report(operation, mapping, statements, reads);
    }

    @Override
    protected void print(PrintStream out) {
        MappingPrinter.print(out, mapping);
        TextPrinter.statements(out, statements);
        TextPrinter.reads(out, reads);
    }
}
