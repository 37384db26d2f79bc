// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.cli.render.WatchPrinter;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.TenantStatus;
import java.time.LocalTime;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        description = "Print a line each time something of a moving tenant changes, until Ctrl-C.",
        mixinStandardHelpOptions = true)
public final class WatchCommand implements Callable<Integer> {
    private static final long SHORTEST_INTERVAL_MILLIS = 100;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "TENANT", description = "the tenant's name")
    private String tenant = "";

    @Option(names = "--interval", paramLabel = "MILLIS", description = "how often to look (default: 1000)")
    private long interval = 1_000;

    @Option(names = "--until", paramLabel = "PHASE", description = "end when the tenant is in this phase")
    private @Nullable Phase until;

    @Override
    public Integer call() throws AdminException, InterruptedException {
        AdminClient client = admin.client();
        String shown = "";
        while (true) {
            TenantStatus status = client.status(tenant);
            String line = WatchPrinter.line(status);
            if (!line.equals(shown)) {
                shown = line;
                if (admin.output() == Output.json) {
                    JsonPrinter.line(System.out, status);
                } else {
                    System.out.println(LocalTime.now().withNano(0) + "  " + line);
                }
            }
            if (status.phase() == until) {
                return ExitCode.OK;
            }
            Thread.sleep(Math.max(SHORTEST_INTERVAL_MILLIS, interval));
        }
    }
}
