// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.tenant;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "set",
        description = "Change a declared tenant: its whole entry, its template or its tags.",
        mixinStandardHelpOptions = true)
public final class TenantSetCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Mixin
    private EntryOptions entry = new EntryOptions();

    @Option(names = "--untag", paramLabel = "TAG", description = "a tag to be dropped; may be repeated")
    private List<String> untag = new ArrayList<>();

    @Parameters(paramLabel = "NAME", description = "the tenant's name")
    private String tenant = "";

    @Override
    public Integer call() throws AdminException {
        if (entry.empty() && untag.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "say what to change: --file, --template, --tag or --untag");
        }
        DeclarationPrinter.print(admin.output(), admin.client().setTenant(tenant, entry.declaration(untag)));
        return ExitCode.OK;
    }
}
