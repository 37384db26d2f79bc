// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.Explanation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "explain",
        description = "Show how the proxy reads statements, and the texts that it sends instead.",
        mixinStandardHelpOptions = true)
public final class ExplainCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(index = "0", paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SQL",
            description = "the statement, in quotes; -: read stdin")
    private @Nullable String sql;

    @Option(names = "--file", paramLabel = "F", description = "explain each statement of this file (UTF-8)")
    private @Nullable Path file;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws AdminException {
        if ((sql == null) == (file == null)) {
            throw new ParameterException(spec.commandLine(), "give either the statement, or --file, or - for stdin");
        }
        if (sql != null && !sql.equals("-")) {
            one(sql);
        } else {
            each(script());
        }
        return ExitCode.OK;
    }

    private String script() {
        try {
            return file == null
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "cannot read " + (file == null ? "stdin" : file));
        }
    }

    private void each(String script) throws AdminException {
        List<Explanation> explanations = admin.client().explainEach(tenant, script);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, explanations);
        } else {
            TextPrinter.explanations(System.out, explanations);
        }
    }

    private void one(String sql) throws AdminException {
        Explanation explanation = admin.client().explain(tenant, sql);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, explanation);
        } else {
            TextPrinter.explanation(System.out, explanation);
        }
    }
}
