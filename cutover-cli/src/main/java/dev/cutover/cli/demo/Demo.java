package dev.cutover.cli.demo;

import dev.cutover.cli.admin.AdminException;
import dev.cutover.cli.demo.DemoReport.TenantReport;
import dev.cutover.config.control.FlipResult;
import dev.cutover.config.control.Operation;
import dev.cutover.config.control.OperationRequest;
import dev.cutover.config.control.TenantStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The whole way of one tenant under load, told as it happens: acme moves from schema version 1 to 2, back, and forth
 * again, while both tenants' applications write. At the end everything they were told is held against the tables.
 */
public final class Demo {
    private static final int ACME_WORKERS = 6;
    private static final int GLOBEX_WORKERS = 3;
    private static final long BREATH_MILLIS = 3_000;
    private static final double DRAIN_TIMEOUT_MILLIS = 2_000;

    private final Sandbox sandbox;
    private final Timeline timeline;
    private final Latencies latencies = new Latencies();
    private final List<Double> holds = new ArrayList<>();
    private int flips;
    private int rollbacks;
    private long mismatches;

    public Demo(Sandbox sandbox, java.io.PrintStream out) {
        this.sandbox = sandbox;
        this.timeline = new Timeline(out);
    }

    /** Runs it all; takes about half a minute. */
    public DemoReport run() throws AdminException, SQLException, InterruptedException {
        timeline.event(
                "PostgreSQL %s on port %d, Cutover on port %d; tenants acme and globex, 50,000 rows each",
                sandbox.postgresVersion(), sandbox.postgresPort(), sandbox.port());
        Workload acme = new Workload(latencies);
        Workload globex = new Workload(latencies);
        acme.start(sandbox, "acme", ACME_WORKERS);
        globex.start(sandbox, "globex", GLOBEX_WORKERS);
        timeline.event("%d connections of acme and %d of globex read and write", ACME_WORKERS, GLOBEX_WORKERS);
        try (acme;
                globex) {
            move(acme);
        }
        return prove(acme, globex);
    }

    private void move(Workload acme) throws AdminException, SQLException, InterruptedException {
        breathe(acme);
        step("prepare");
        step("mirror");
        breathe(acme);
        step("backfill");
        verify();
        breathe(acme);
        switchSides("flip");
        breathe(acme);
        verify();
        switchSides("rollback");
        breathe(acme);
        verify();
        switchSides("flip");
        breathe(acme);
        verify();
    }

    private DemoReport prove(Workload acme, Workload globex) throws AdminException, SQLException {
        Operation last = step("verify");
        TenantStatus status = sandbox.admin().status("acme");
        mismatches += status.verify().mismatches();
        step("complete");
        long lost;
        try (Connection direct = sandbox.connectDirectly()) {
            lost = acme.ledger().lostWrites(direct, "acme_v2", "first_name || ' ' || last_name")
                    + globex.ledger().lostWrites(direct, "globex_v1", "name");
        }
        List<String> errors = new ArrayList<>(acme.errors());
        errors.addAll(globex.errors());
        errors.stream().limit(10).forEach(error -> timeline.event("CLIENT ERROR %s", error));
        long facts = acme.ledger().size() + globex.ledger().size();
        boolean holdsInTime = holds.stream().allMatch(hold -> hold < DRAIN_TIMEOUT_MILLIS);
        boolean proven = errors.isEmpty()
                && lost == 0
                && mismatches == 0
                && holdsInTime
                && last.state() == Operation.State.SUCCEEDED
                && facts > 0;
        timeline.event("latency during flips:  %s", latencies.insideFlips());
        timeline.event("latency outside flips: %s", latencies.outsideFlips());
        timeline.event(
                "%s: %,d statements, %d client errors; %,d acknowledged facts, %d lost; %,d rows equal through the"
                        + " mapping, %d differ",
                proven ? "PROVEN" : "NOT PROVEN",
                acme.statements() + globex.statements(),
                errors.size(),
                facts,
                lost,
                status.verify().rows(),
                mismatches);
        return new DemoReport(
                proven,
                acme.statements() + globex.statements(),
                errors.size(),
                lost,
                facts,
                List.of(
                        new TenantReport(
                                "acme",
                                flips,
                                rollbacks,
                                List.copyOf(holds),
                                status.verify().rows(),
                                mismatches),
                        new TenantReport("globex", 0, 0, List.of(), 0, 0)),
                latencies.all(),
                latencies.insideFlips(),
                latencies.outsideFlips(),
                Math.round(timeline.seconds() * 10) / 10.0);
    }

    private void breathe(Workload acme) throws InterruptedException {
        long before = acme.statements();
        TimeUnit.MILLISECONDS.sleep(BREATH_MILLIS);
        timeline.event("  acme runs: %,.0f statements/s", (acme.statements() - before) / (BREATH_MILLIS / 1e3));
    }

    private void verify() throws AdminException {
        step("verify");
        mismatches += sandbox.admin().status("acme").verify().mismatches();
    }

    private void switchSides(String verb) throws AdminException {
        Operation operation;
        try (Latencies.Flip flip = latencies.flip()) {
            operation = step(verb);
        }
        FlipResult result = operation.flip();
        if (result != null) {
            holds.add(Math.round(result.holdMillis() * 1e3) / 1e3);
            if (verb.equals("flip")) {
                flips++;
            } else {
                rollbacks++;
            }
            timeline.event(
                    "  held %d transactions, drained %d", result.heldTransactions(), result.drainedTransactions());
        }
    }

    private Operation step(String verb) throws AdminException {
        Operation started = sandbox.admin().start("acme", verb, OperationRequest.PLAIN);
        Operation operation = sandbox.admin().await(started, new ProgressEvents());
        timeline.event("%-9s %s", verb.toUpperCase(Locale.ROOT), operation.message());
        operation.findings().forEach(finding -> timeline.event("  %s: %s", finding.guardrail(), finding.finding()));
        operation.blockers().forEach(blocker -> timeline.event("  blocked by %s", blocker));
        if (operation.state() != Operation.State.SUCCEEDED) {
            throw new DemoFailure(verb + " did not succeed: " + operation.state() + ": " + operation.message());
        }
        return operation;
    }

    /** Prints progress at most once a second. */
    private final class ProgressEvents implements java.util.function.Consumer<Operation> {
        private double next;

        @Override
        public void accept(Operation operation) {
            Operation.Progress progress = operation.progress();
            if (progress != null && !operation.ended() && timeline.seconds() >= next) {
                next = timeline.seconds() + 1;
                timeline.event(
                        "  %s: %,d of %,d %s", operation.verb(), progress.done(), progress.total(), progress.unit());
            }
        }
    }

    /** A step that should have succeeded did not. */
    public static final class DemoFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        DemoFailure(String message) {
            super(message);
        }
    }
}
