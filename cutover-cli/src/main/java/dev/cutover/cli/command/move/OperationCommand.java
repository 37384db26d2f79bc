// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.ProgressLine;
import dev.cutover.cli.render.TextPrinter;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A verb that works on one tenant: started, watched to its end, and told in an exit code. */
public abstract class OperationCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Option(names = "--detach", description = "start it and return at once; status shows its progress")
    private boolean detach;

    private final VerbName verb;

    public OperationCommand(VerbName verb) {
        this.verb = verb;
    }

    VerbRequest request() {
        return VerbRequest.PLAIN;
    }

    /** What the JSON output is; by default the whole operation. */
    protected Object document(Operation operation) {
        return operation;
    }

    /** Fetches what is to be told beside the operation's end, if anything. */
    protected void ended(AdminClient client, String name) throws AdminException {}

    /** Tells it, behind the operation's end. */
    protected void print(PrintStream out) {}

    /** What the admin API is spoken to with. */
    protected AdminOptions admin() {
        return admin;
    }

    protected boolean detached() {
        return detach;
    }

    protected String tenant() {
        return tenant;
    }

    VerbName verb() {
        return verb;
    }

    @Override
    public Integer call() throws AdminException, ConfigException, StartupException {
        AdminClient client = admin.client();
        Operation operation = client.start(tenant, verb, request());
        if (!detach) {
            try (ProgressLine progress = ProgressLine.on(System.err, admin.output())) {
                operation = client.await(operation, progress::show);
            }
        }
        ended(client, tenant);
        return report(operation);
    }

    /** Prints how the operation stands. @return the exit code */
    int report(Operation operation) {
        if (admin.output() == Output.json) {
            JsonPrinter.print(System.out, document(operation));
        } else {
            TextPrinter.operation(System.out, operation);
            print(System.out);
        }
        return ExitCode.of(operation.state());
    }
}
