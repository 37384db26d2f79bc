package dev.cutover.cli.verb;

import dev.cutover.cli.ExitCode;
import dev.cutover.cli.admin.AdminException;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.control.Explanation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "explain",
        description = "Show what the proxy makes of a statement: its intent, and the text sent in its place.",
        mixinStandardHelpOptions = true)
public final class ExplainCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(index = "0", paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Parameters(index = "1", paramLabel = "SQL", description = "the statement, in quotes")
    private String sql = "";

    @Override
    public Integer call() throws AdminException {
        Explanation explanation = admin.client().explain(tenant, sql);
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, explanation);
        } else {
            TextPrinter.explanation(System.out, explanation);
        }
        return ExitCode.OK;
    }
}
