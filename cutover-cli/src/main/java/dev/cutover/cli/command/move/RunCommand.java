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
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Goes from wherever the tenant is to READY, and with {@code --flip} on. Keeps no state: the tenant's phase says what comes
 * next, so whoever was stopped resumes by running it again.
 */
@Command(
        name = "run",
        description = "Run all steps up to READY, and with --flip the flip too. Run it again to resume.",
        mixinStandardHelpOptions = true)
public final class RunCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 500;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Option(names = "--flip", description = "also flip")
    private boolean flip;

    @Override
    public Integer call() throws AdminException, InterruptedException {
        AdminClient client = admin.client();
        @Nullable VerbName last = null;
        while (true) {
            TenantStatus status = idle(client);
            VerbName verb = next(status, last);
            if (verb == null) {
                return end(status, last);
            }
            Operation operation = attempt(client, verb);
            tell(operation);
            if (operation.state() != Operation.State.SUCCEEDED) {
                return ExitCode.of(operation.state());
            }
            last = verb;
        }
    }

    /** What another operator, or a proxy that was started again, is doing to the tenant comes first. */
    private TenantStatus idle(AdminClient client) throws AdminException, InterruptedException {
        TenantStatus status = client.status(tenant);
        while (status.running() != null || status.phase() == Phase.SWITCHING) {
            Thread.sleep(LOOK_MILLIS);
            status = client.status(tenant);
        }
        return status;
    }

    /** The verb that comes next; null at the end of the way, or where the one just done has not led on. */
    private @Nullable VerbName next(TenantStatus status, @Nullable VerbName last) {
        VerbName verb =
                switch (status.phase()) {
                    case STEADY -> VerbName.PREPARE;
                    case PREPARED -> VerbName.MIRROR;
                    case MIRRORING -> status.backfill().done() ? VerbName.VERIFY : VerbName.BACKFILL;
                    case READY -> flip ? VerbName.FLIP : null;
                    default -> null;
                };
        return verb == last ? null : verb;
    }

    private Operation attempt(AdminClient client, VerbName verb) throws AdminException {
        Operation started = client.start(tenant, verb, VerbRequest.PLAIN);
        try (ProgressLine progress = ProgressLine.on(System.err, admin.output())) {
            return client.await(started, progress::show);
        }
    }

    private void tell(Operation operation) {
        if (admin.output() == Output.json) {
            JsonPrinter.line(System.out, operation);
        } else {
            TextPrinter.operation(System.out, operation);
        }
    }

    private int end(TenantStatus status, @Nullable VerbName last) {
        boolean there = status.phase() == Phase.REVERSIBLE || status.phase() == Phase.READY && !flip;
        if (admin.output() == Output.json) {
            JsonPrinter.line(System.out, status);
        } else {
            System.out.println("run " + tenant + ": " + status.phase() + ", "
                    + status.serving().label() + " serves, epoch " + status.epoch()
                    + (there
                            ? ""
                            : "; " + (last == null ? "nothing" : last.label())
                                    + " has not led on, see status and ledger"));
        }
        return there ? ExitCode.OK : ExitCode.REFUSED;
    }
}
