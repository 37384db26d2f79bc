// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.admin.CampaignClient;
import dev.cutover.cli.command.inspect.Movability.Cause;
import dev.cutover.cli.command.inspect.Movability.Verdict;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.CampaignPrinter;
import dev.cutover.config.adminapi.CampaignPlan;
import dev.cutover.config.adminapi.CampaignPlan.PlannedTenant;
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
import org.jspecify.annotations.Nullable;

/** Checks many tenants, some at a time, and ranks them. */
final class FleetCheck {
    /**
     * What was found.
     *
     * @param tenants ranked
     * @param estimate of the disk and the time that the move of all that are configured to move would take; null if it is not known
     */
    record Report(
            List<Movability> tenants,
            List<Cause> causes,
            @Nullable CampaignPlan estimate) {
        static Report of(List<Movability> checked, @Nullable CampaignPlan estimate) {
            List<Movability> ranked = checked.stream().sorted(Movability.ORDER).toList();
            return new Report(ranked, Movability.causes(ranked), estimate);
        }

        private PlannedTenant planned(String tenant) {
            return estimate == null
                    ? UNKNOWN
                    : estimate.waves().stream()
                            .flatMap(wave -> wave.tenants().stream())
                            .filter(each -> each.tenant().equals(tenant))
                            .findFirst()
                            .orElse(UNKNOWN);
        }

        int exitCode() {
            boolean all = tenants.stream().allMatch(each -> each.verdict() == Verdict.NOW);
            return all ? ExitCode.OK : ExitCode.REFUSED;
        }
    }

    private static final PlannedTenant UNKNOWN = new PlannedTenant("", -1, -1, List.of());

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
            return Report.of(checked, estimate(client, checked, atOnce));
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

    /** By the plan of a campaign of all that can move, now or after changes. */
    private static @Nullable CampaignPlan estimate(AdminClient client, List<Movability> checked, int atOnce)
            throws AdminException {
        List<String> names = checked.stream()
                .filter(each -> each.verdict() == Verdict.NOW || each.verdict() == Verdict.AFTER_CHANGES)
                .map(each -> '"' + each.tenant() + '"')
                .toList();
        if (names.isEmpty()) {
            return null;
        }
        try {
            return new CampaignClient(client)
                    .plan("{campaign: check-all, tenants: {match: " + names.get(0) + "}, waves: [{name: all, parallel: "
                            + atOnce + ", tenants: [" + String.join(", ", names) + "]}]}");
        } catch (AdminException e) {
            if (e.exitCode() == ExitCode.UNREACHABLE) {
                throw e;
            }
            // A tenant was removed meanwhile, say.
            return null;
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
            return new Movability(tenant, Verdict.UNKNOWN, String.valueOf(e.getMessage()), List.of());
        }
    }

    static void print(PrintStream out, Report report) {
        out.printf("%-20s %-14s %10s %10s  %s%n", "TENANT", "MOVABLE", "SIZE", "ABOUT", "WHAT CHECK SAYS");
        for (Movability each : report.tenants()) {
            PlannedTenant planned = report.planned(each.tenant());
            out.printf(
                    "%-20s %-14s %10s %10s  %s%n",
                    each.tenant(),
                    each.verdict().label(),
                    planned.bytes() < 0 ? "-" : CampaignPrinter.size(planned.bytes()),
                    planned.seconds() < 0 ? "-" : CampaignPrinter.time(planned.seconds()),
                    each.message());
        }
        for (Cause cause : report.causes()) {
            out.printf(
                    "%n%s blocks %d of %d%n",
                    cause.cause(), cause.tenants(), report.tenants().size());
            out.println("  " + cause.example());
            out.println("  " + cause.remedy());
        }
        CampaignPlan estimate = report.estimate();
        if (estimate != null) {
            CampaignPlan.Wave wave = estimate.waves().get(0);
            out.printf(
                    "%nto move all %d that can move takes about %s with %d at once, and %s of disk (%s)%n",
                    wave.tenants().size(),
                    CampaignPrinter.time(estimate.seconds()),
                    wave.parallel(),
                    CampaignPrinter.size(wave.tenants().stream()
                            .mapToLong(tenant -> Math.max(0, tenant.bytes()))
                            .sum()),
                    estimate.basis());
        }
    }

    /** As RFC 4180 has it, with a header, and lines that end as in other files here. */
    static void csv(PrintStream out, Report report) {
        out.println("tenant,movable,bytes,seconds,blocking,causes,message");
        for (Movability each : report.tenants()) {
            String causes =
                    each.blocking().stream().map(Finding::guardrail).distinct().collect(Collectors.joining(" "));
            PlannedTenant planned = report.planned(each.tenant());
            out.println(String.join(
                    ",",
                    quoted(each.tenant()),
                    each.verdict().label(),
                    planned.bytes() < 0 ? "" : Long.toString(planned.bytes()),
                    planned.seconds() < 0 ? "" : Long.toString(planned.seconds()),
                    Integer.toString(each.blocking().size()),
                    quoted(causes),
                    quoted(each.message())));
        }
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
