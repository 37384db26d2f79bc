// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import dev.cutover.config.adminapi.AuditEntry;
import dev.cutover.config.adminapi.Blocker;
import dev.cutover.config.adminapi.ComparedRead;
import dev.cutover.config.adminapi.DoctorReport;
import dev.cutover.config.adminapi.Explanation;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.SeenStatement;
import dev.cutover.config.adminapi.SnapshotInfo;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.adminapi.WorkProgress;
import java.io.PrintStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Prints records for people. */
public final class TextPrinter {
    private TextPrinter() {}

    public static void tenants(PrintStream out, List<TenantSummary> tenants) {
        out.printf(
                "%-20s %-20s %-11s %-6s %8s %9s  %s%n",
                "TENANT", "DATABASE", "PHASE", "SERVES", "EPOCH", "SESSIONS", "TAGS");
        for (TenantSummary tenant : tenants) {
            out.printf(
                    "%-20s %-20s %-11s %-6s %8d %9d  %s%n",
                    tenant.tenant(),
                    tenant.database(),
                    tenant.phase(),
                    tenant.serving().label(),
                    tenant.epoch(),
                    tenant.sessions(),
                    tenant.tags().entrySet().stream().map(Object::toString).collect(Collectors.joining(" ")));
            if (tenant.degraded() != null) {
                out.println("  degraded: " + tenant.degraded());
            }
        }
    }

    /** A line for each proxy, and a warning where their configurations differ. */
    public static void proxies(PrintStream out, List<ProxyStatus> proxies) {
        out.printf(
                "%-5s %-22s %-16s %-14s %9s %7s %9s  %s%n",
                "PROXY", "ADDRESS", "VERSION", "CONFIG", "SESSIONS", "LEADS", "LEASE", "STARTED");
        for (ProxyStatus proxy : proxies) {
            out.printf(
                    "%-5s %-22s %-16s %-14s %9d %7d %6d ms  %s%s%n",
                    proxy.number() + (proxy.self() ? "*" : ""),
                    proxy.address(),
                    proxy.version(),
                    proxy.configuration(),
                    proxy.sessions(),
                    proxy.leads(),
                    proxy.leaseMillis(),
                    proxy.startedAt().truncatedTo(ChronoUnit.SECONDS),
                    proxy.draining() ? " (drains)" : "");
        }
        if (proxies.stream().map(ProxyStatus::configuration).distinct().count() > 1) {
            out.println(
                    "warning: the proxies have different configurations; run cutover reload at those that are behind");
        }
    }

    /** One line for each change. */
    public static void reload(PrintStream out, ReloadReport report) {
        report.changes().forEach(change -> out.println(change.line()));
        if (report.changes().isEmpty()) {
            out.println("nothing has changed");
        }
    }

    public static void status(PrintStream out, TenantStatus status) {
        line(out, "tenant", status.tenant());
        line(out, "phase", status.phase() + (status.running() == null ? "" : ", " + status.running() + " is running"));
        if (status.readyRevoked() != null) {
            line(
                    out,
                    "READY revoked",
                    "at " + status.readyRevoked().at() + ": "
                            + status.readyRevoked().reason());
        }
        if (status.work() != null) {
            work(out, status.work());
        }
        line(
                out,
                "serving",
                status.serving().label()
                        + (status.idle() == null
                                ? ""
                                : ", idle " + status.idle().label()) + ", epoch " + status.epoch());
        line(
                out,
                "schema version",
                "blue " + orNone(status.schemaVersion().blue()) + ", green "
                        + orNone(status.schemaVersion().green()));
        line(out, "mirroring", status.mirroring() ? "on" : "off");
        if (!status.mirroring() && status.resyncTrouble() != null) {
            line(out, "degraded", status.resyncTrouble());
        }
        if (status.mirroring()) {
            line(
                    out,
                    "backfill",
                    status.backfill().rows() + " of " + status.backfill().total() + " rows"
                            + (status.backfill().done() ? ", done" : ""));
            line(
                    out,
                    "verification",
                    status.verify().at() == null
                            ? "none yet"
                            : status.verify().rows() + " rows, "
                                    + status.verify().mismatches() + " differ, at "
                                    + status.verify().at());
            line(
                    out,
                    "marks",
                    status.marks().pending() + " pending, " + status.marks().failed() + " refused by the idle side"
                            + (status.marks().pending() == 0
                                    ? ""
                                    : ", oldest " + status.marks().oldestMillis() + " ms"));
            if (status.resyncTrouble() != null) {
                line(out, "resync", "stalled: " + status.resyncTrouble());
            }
            status.fallback()
                    .forEach(table -> line(
                            out,
                            "fallback",
                            table.table() + " only marks since " + table.since() + ": " + table.error()));
            if (status.rogueWrites() > 0) {
                line(out, "rogue writes", status.rogueWrites() + " on the idle side, undone");
            }
        }
        line(
                out,
                "sessions",
                status.traffic().sessions() + ", " + status.traffic().transactions() + " in a transaction");
        status.traffic().pinned().forEach(pinned -> line(out, "pinned", pinned));
    }

    private static void work(PrintStream out, WorkProgress work) {
        String left = work.secondsLeft() == null
                ? ""
                : ", "
                        + Duration.ofSeconds(work.secondsLeft())
                                .toString()
                                .substring(2)
                                .toLowerCase(Locale.ROOT) + " left";
        line(out, work.verb(), work.done() + " of " + work.total() + " rows, " + work.perSecond() + " rows/s" + left);
        if (work.paused()) {
            line(out, "paused", "until resumed");
        } else if (work.heldBackBy() != null) {
            line(out, "held back", work.heldBackBy());
        }
    }

    /** A paragraph for each. */
    public static void explanations(PrintStream out, List<Explanation> explanations) {
        for (Explanation explanation : explanations) {
            line(out, "statement", explanation.statement().lines().collect(Collectors.joining(" ")));
            explanation(out, explanation);
            out.println();
        }
    }

    public static void explanation(PrintStream out, Explanation explanation) {
        explanation.intents().forEach(intent -> line(out, "intent", intent));
        line(
                out,
                "outcome",
                explanation.outcome()
                        + (explanation.mirroring()
                                ? ""
                                : " (the tenant is not mirroring now; this is what it would be)"));
        if (!explanation.reason().isEmpty()) {
            line(out, "reason", explanation.reason());
        }
        if (explanation.rewritten() != null) {
            line(out, "sent as", explanation.rewritten());
        }
    }

    /** One line for each fingerprint, the most frequent first. */
    public static void statements(PrintStream out, List<SeenStatement> statements) {
        if (!statements.isEmpty()) {
            out.printf("%9s %9s %9s %9s  %s%n", "INLINE", "MARKED", "NET", "REFUSED", "STATEMENT");
        }
        for (SeenStatement seen : statements) {
            out.printf(
                    "%9d %9d %9d %9d  %s%s%n",
                    seen.inline(),
                    seen.marked(),
                    seen.net(),
                    seen.refused(),
                    seen.statement(),
                    seen.reason().isEmpty() ? "" : "  (" + seen.reason() + ")");
        }
    }

    /** One line for each fingerprint, those that differ first. */
    public static void reads(PrintStream out, List<ComparedRead> reads) {
        if (!reads.isEmpty()) {
            out.printf("%9s %9s %12s  %s%n", "EQUAL", "DIFFERENT", "INCOMPARABLE", "READ");
        }
        for (ComparedRead read : reads) {
            String note = !read.difference().isEmpty() ? read.difference() : read.doubt();
            String slower = read.slower() > 0
                    ? String.format(Locale.ROOT, "  the idle side takes %.1f times as long", read.slower())
                    : "";
            out.printf(
                    "%9d %9d %12d  %s%s%s%n",
                    read.equal(),
                    read.different(),
                    read.incomparable(),
                    read.statement(),
                    note.isEmpty() ? "" : "  (" + note + ")",
                    slower);
        }
    }

    /** One line for each row, the oldest first. */
    public static void ledger(PrintStream out, RefusedRows ledger) {
        for (RefusedRows.Row row : ledger.rows()) {
            String why = row.unrepresentableBy() == null
                    ? ""
                    : " (no value by the mapping's " + row.unrepresentableBy() + ")";
            out.println(row.table() + " " + (row.key() == null ? "(all keys)" : row.key()) + "  " + row.sqlState() + " "
                    + row.error() + why + "  since " + row.since() + ", " + row.attempts() + " attempt(s)");
        }
        long more = ledger.refused() - ledger.rows().size();
        if (ledger.refused() == 0) {
            out.println("the idle side refuses no row");
        } else if (more > 0) {
            out.println("and " + more + " more");
        }
    }

    /** One line for each entry. */
    public static void history(PrintStream out, List<AuditEntry> history) {
        for (AuditEntry entry : history) {
            out.println(entry.at().truncatedTo(ChronoUnit.SECONDS) + "  " + entry.command() + " " + entry.result()
                    + "  " + entry.message() + "  (" + entry.actor() + ")");
        }
        if (history.isEmpty()) {
            out.println("nothing has been done to this tenant yet");
        }
    }

    /** One line for each, the newest first. */
    public static void snapshots(PrintStream out, List<SnapshotInfo> snapshots) {
        for (SnapshotInfo snapshot : snapshots) {
            out.printf("%-45s %s  %,d bytes%n", snapshot.name(), snapshot.takenAt(), snapshot.bytes());
        }
        if (snapshots.isEmpty()) {
            out.println("there is no snapshot of this tenant");
        }
    }

    /** What the doctor found, tenant by tenant. */
    public static void doctor(PrintStream out, List<DoctorReport> reports) {
        for (DoctorReport report : reports) {
            if (report.running() != null) {
                out.println(report.tenant() + ": " + report.running() + " is running; ask again when it has ended");
            } else if (report.anomalies().isEmpty()) {
                out.println(report.tenant() + ": all is as it should be");
            }
            for (DoctorReport.Anomaly anomaly : report.anomalies()) {
                out.println(
                        report.tenant() + ": " + anomaly.check() + ": " + anomaly.place() + ": " + anomaly.finding());
                out.println("    why it matters: " + anomaly.consequence());
                out.println("    " + (anomaly.repairable() ? "--repair " : "to do: ") + anomaly.remedy());
            }
        }
    }

    /** The end of an operation: one line, then what blocks it, if anything. */
    public static void operation(PrintStream out, Operation operation) {
        out.println(operation.verb() + " " + operation.tenant() + ": "
                + (operation.state() == Operation.State.SUCCEEDED ? "" : operation.state() + ": ")
                + operation.message());
        int step = 1;
        for (String line : operation.plan()) {
            out.println("  " + step++ + ". " + line);
        }
        for (Finding finding : operation.findings()) {
            out.println("  " + (finding.blocking() ? "[stops] " : "[note]  ") + finding.guardrail() + ": "
                    + finding.finding() + (finding.remedy().isEmpty() ? "" : " -> " + finding.remedy()));
        }
        for (Blocker blocker : operation.blockers()) {
            out.println("  blocked by pid " + blocker.pid() + " " + blocker.user() + "@" + blocker.client() + ", "
                    + blocker.state() + " for " + blocker.ageMillis() + " ms: " + blocker.query());
        }
    }

    private static void line(PrintStream out, String label, String value) {
        out.printf("%-15s %s%n", label, value);
    }

    private static String orNone(@Nullable String version) {
        return version == null ? "-" : version;
    }
}
