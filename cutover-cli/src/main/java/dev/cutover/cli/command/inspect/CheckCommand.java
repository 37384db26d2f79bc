// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.command.move.OperationCommand;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.render.MappingPrinter;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.ComparedRead;
import dev.cutover.config.adminapi.MappedTable;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.SeenStatement;
import dev.cutover.config.adminapi.VerbName;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Command;

@Command(
        name = "check",
        description = "Show what blocks a flip of the tenant, and how its clients' writes are mirrored.",
        mixinStandardHelpOptions = true)
public final class CheckCommand extends OperationCommand {
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
