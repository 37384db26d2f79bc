// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.process;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.command.option.AdminOptions;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.config.time.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "drain",
        description =
                "End a proxy of the fleet: its clients leave between their transactions and can reconnect at once.",
        mixinStandardHelpOptions = true)
public final class DrainCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 200;

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Parameters(paramLabel = "PROXY", description = "the number that cutover proxies shows")
    private int number;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "how long to wait for its end; default ${DEFAULT-VALUE}")
    private int timeoutSeconds = 60;

    @Override
    public Integer call() throws AdminException, InterruptedException {
        AdminClient client = admin.client();
        Optional<ProxyStatus> named = find(client.proxies(), null);
        if (named.isEmpty()) {
            System.err.println("cutover: there is no live proxy " + number + "; cutover proxies lists them");
            return ExitCode.FAILED;
        }
        ProxyStatus proxy = named.get();
        if (proxy.draining()) {
            System.out.println("proxy " + number + " drains already");
        }
        client.drain(number);
        Deadline end = Deadline.after(Duration.ofSeconds(timeoutSeconds));
        while (there(client, proxy)) {
            if (end.passed()) {
                System.err.println(
                        "cutover: proxy " + number + " has not ended within " + timeoutSeconds + " s; it still drains");
                return ExitCode.TIMED_OUT;
            }
            Thread.sleep(LOOK_MILLIS);
        }
        System.out.println("proxy " + number + " (" + proxy.address() + ") has ended");
        return ExitCode.OK;
    }

    /** A new process may have its number by then. */
    private Optional<ProxyStatus> find(List<ProxyStatus> proxies, @Nullable Instant startedAt) {
        return proxies.stream()
                .filter(proxy -> proxy.number() == number
                        && (startedAt == null || proxy.startedAt().equals(startedAt)))
                .findFirst();
    }

    private boolean there(AdminClient client, ProxyStatus proxy) throws AdminException {
        try {
            return find(client.proxies(), proxy.startedAt()).isPresent();
        } catch (AdminException e) {
            if (proxy.self() && e.exitCode() == ExitCode.UNREACHABLE) {
                // It was asked itself, and does not answer any more.
                return false;
            }
            throw e;
        }
    }
}
