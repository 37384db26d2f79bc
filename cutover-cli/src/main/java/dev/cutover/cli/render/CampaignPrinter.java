// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import dev.cutover.config.adminapi.CampaignPlan;
import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.CampaignTenant.State;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Campaigns as text. */
public final class CampaignPrinter {
    private CampaignPrinter() {}

    /** A campaign in one line. */
    public static String line(CampaignStatus status) {
        return "campaign " + status.campaign() + ": " + status.state() + because(status.reason()) + "; "
                + counts(status);
    }

    private static String because(@Nullable String reason) {
        return reason == null ? "" : ", " + reason;
    }

    private static String counts(CampaignStatus status) {
        Map<State, Integer> counts = new EnumMap<>(State.class);
        tenants(status).forEach(tenant -> counts.merge(tenant.state(), 1, Integer::sum));
        return counts.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
    }

    private static Stream<CampaignTenant> tenants(CampaignStatus status) {
        return status.waves().stream().flatMap(wave -> wave.tenants().stream());
    }

    /** The tenants that have failed. */
    public static List<CampaignTenant> failed(CampaignStatus status) {
        return tenants(status)
                .filter(tenant -> tenant.state() == State.FAILED || tenant.state() == State.FAILED_THERE)
                .toList();
    }

    public static void plan(PrintStream out, CampaignPlan plan) {
        int tenants = 0;
        long bytes = 0;
        int blocked = 0;
        for (CampaignPlan.Wave wave : plan.waves()) {
            out.println("wave " + wave.name() + ": " + count(wave.tenants().size(), "tenant") + ", " + wave.parallel()
                    + " at once" + (wave.atomic() ? "; all flip at one instant, or none" : "")
                    + (wave.seconds() < 0 ? "" : "; about " + time(wave.seconds()) + " with its bake"));
            for (CampaignPlan.PlannedTenant tenant : wave.tenants()) {
                String size = tenant.bytes() < 0 ? "size unknown" : size(tenant.bytes());
                String time = tenant.seconds() < 0 ? "" : time(tenant.seconds());
                out.println(String.format("  %-24s %12s %9s", tenant.tenant(), size, time)
                        .stripTrailing());
                tenant.blockers().forEach(blocker -> out.println("    blocked: " + blocker));
                tenants++;
                bytes += Math.max(0, tenant.bytes());
                blocked += tenant.blockers().isEmpty() ? 0 : 1;
            }
        }
        out.println("campaign " + plan.campaign() + ": " + count(tenants, "tenant") + " in "
                + count(plan.waves().size(), "wave") + "; the new sides will take about " + size(bytes)
                + (blocked == 0 ? "" : "; " + blocked + " blocked"));
        out.println(
                plan.seconds() < 0
                        ? "time unknown: " + plan.basis()
                        : "it takes about " + time(plan.seconds()) + " without waiting for windows (" + plan.basis()
                                + ")");
    }

    /** A time, as people say it. */
    public static String time(long seconds) {
        Duration time = Duration.ofSeconds(seconds);
        return time.toHours() > 0
                ? time.toHours() + " h " + time.toMinutesPart() + " min"
                : time.toMinutes() > 0 ? time.toMinutes() + " min " + time.toSecondsPart() + " s" : seconds + " s";
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    /** A size in megabytes, rounded up. */
    public static String size(long bytes) {
        long mega = (bytes + (1 << 20) - 1) >> 20;
        return mega + " MB";
    }

    public static void status(PrintStream out, CampaignStatus status) {
        out.println(line(status));
        for (CampaignStatus.Wave wave : status.waves()) {
            out.println(
                    "wave " + wave.name() + (wave.bakesUntil() == null ? "" : ", watched until " + wave.bakesUntil()));
            wave.tenants().forEach(tenant -> out.println("  " + tenant(tenant)));
        }
    }

    private static String tenant(CampaignTenant tenant) {
        return String.format("%-24s %-13s", tenant.tenant(), tenant.state())
                + (tenant.step() == null ? "" : " " + tenant.step().label())
                + (tenant.reason() == null ? "" : " (" + tenant.reason() + ")");
    }

    /** A line for each thing that may change. */
    public static List<String> changes(CampaignStatus status) {
        List<String> lines = new ArrayList<>();
        for (CampaignStatus.Wave wave : status.waves()) {
            wave.tenants().stream()
                    .filter(tenant -> tenant.state() != State.WAITING)
                    .forEach(tenant -> lines.add("wave " + wave.name() + ": "
                            + tenant(tenant).replaceAll(" +", " ").strip()));
        }
        lines.add("campaign " + status.campaign() + ": " + status.state() + because(status.reason()));
        return lines;
    }

    public static void report(PrintStream out, CampaignStatus status) {
        status(out, status);
        out.println("started by " + status.startedBy() + " at " + status.startedAt() + took(status));
        List<CampaignTenant> failed = failed(status);
        out.println(failed.isEmpty() ? "no tenant has failed" : failed.size() + " failed:");
        failed.forEach(tenant -> out.println("  " + tenant.tenant() + ": " + tenant.reason()
                + (tenant.state() == State.FAILED ? "; its old side serves" : "; its NEW side serves")));
    }

    private static String took(CampaignStatus status) {
        Instant end = status.endedAt();
        return end == null
                ? ", not ended"
                : ", ended at " + end + " after "
                        + Duration.between(status.startedAt(), end).toSeconds() + " s";
    }
}
