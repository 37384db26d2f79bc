// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.command.inspect.Movability.Cause;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/** Checks many tenants, some at a time, and ranks them. */
final class FleetCheck {
    /** @param tenants ranked */
    record Report(List<Movability> tenants, List<Cause> causes) {
        static Report of(List<Movability> checked) {
            List<Movability> ranked = checked.stream().sorted(Movability.ORDER).toList();
            return new Report(ranked, Movability.causes(ranked));
        }

        int exitCode() {
            boolean all = tenants.stream().allMatch(each -> each.verdict() == Movability.Verdict.NOW);
            return all ? ExitCode.OK : ExitCode.REFUSED;
        }
    }

    private FleetCheck() {}

    static Report of(AdminClient client, List<TenantSummary> tenants, int atOnce) throws AdminException {
        ExecutorService threads = Executors.newFixedThreadPool(atOnce);
        try {
            List<Future<Movability>> checks = new ArrayList<>();
            for (TenantSummary tenant : tenants) {
                checks.add(threads.submit(() -> check(client, tenant.tenant())));
            }
            List<Movability> checked = new ArrayList<>();
            for (Future<Movability> check : checks) {
                checked.add(check.get());
            }
            return Report.of(checked);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AdminException reason) {
                throw reason;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AdminException(ExitCode.UNKNOWN, "interrupted");
        } finally {
            threads.shutdownNow();
        }
    }

    private static Movability check(AdminClient client, String tenant) throws AdminException {
        try {
            Operation check = client.await(client.start(tenant, VerbName.CHECK, VerbRequest.PLAIN), progress -> {});
            boolean blocked = check.findings().stream().anyMatch(Finding::blocking);
            boolean moves = check.state() != Operation.State.REFUSED
                    || blocked
                    || client.status(tenant).idle() != null;
            return Movability.of(check, moves);
        } catch (AdminException e) {
            if (e.exitCode() == ExitCode.UNREACHABLE) {
                throw e;
            }
            // It is busy, was removed meanwhile, or another reason that is this tenant's alone.
            return new Movability(tenant, Movability.Verdict.UNKNOWN, String.valueOf(e.getMessage()), List.of());
        }
    }

    static void print(PrintStream out, Report report) {
        out.printf("%-20s %-14s %s%n", "TENANT", "MOVABLE", "WHAT CHECK SAYS");
        for (Movability each : report.tenants()) {
            out.printf("%-20s %-14s %s%n", each.tenant(), each.verdict().label(), each.message());
        }
        for (Cause cause : report.causes()) {
            out.printf(
                    "%n%s blocks %d of %d%n",
                    cause.cause(), cause.tenants(), report.tenants().size());
            out.println("  " + cause.example());
            out.println("  " + cause.remedy());
        }
    }

    /** As RFC 4180 has it, with a header, and lines that end as in other files here. */
    static void csv(PrintStream out, Report report) {
        out.println("tenant,movable,blocking,causes,message");
        for (Movability each : report.tenants()) {
            String causes =
                    each.blocking().stream().map(Finding::guardrail).distinct().collect(Collectors.joining(" "));
            out.println(String.join(
                    ",",
                    quoted(each.tenant()),
                    each.verdict().label(),
                    Integer.toString(each.blocking().size()),
                    quoted(causes),
                    quoted(each.message())));
        }
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
