// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.cli.demo.DemoReport.TenantReport;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.config.adminapi.FlipResult;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** One tenant's way, verb by verb, told on the timeline; what it cost and found is kept for the report. */
final class TenantMove {
    /** The demo's clients change their statements with the flip. */
    private static final VerbRequest SWITCH =
            new VerbRequest.Switch(false, false, Set.of(GuardrailName.OLD_STATEMENTS_FIT.label()));

    private final String tenant;
    private final AdminClient admin;
    private final DemoTimeline timeline;
    private final ClientLatencies latencies;
    private final List<Double> holds = new ArrayList<>();
    private int flips;
    private int rollbacks;
    private long rowsVerified;
    private long mismatches;

    TenantMove(String tenant, AdminClient admin, DemoTimeline timeline, ClientLatencies latencies) {
        this.tenant = tenant;
        this.admin = admin;
        this.timeline = timeline;
        this.latencies = latencies;
    }

    void verify() throws AdminException {
        step(VerbName.VERIFY);
        rowsVerified = admin.status(tenant).verify().rows();
        mismatches += admin.status(tenant).verify().mismatches();
    }

    void flip() throws AdminException {
        flips++;
        switchSides(VerbName.FLIP);
    }

    void rollback() throws AdminException {
        rollbacks++;
        switchSides(VerbName.ROLLBACK);
    }

    private void switchSides(VerbName verb) throws AdminException {
        Operation operation;
        try (ClientLatencies.Flip flip = latencies.flip()) {
            operation = step(verb, SWITCH);
        }
        FlipResult result = operation.flip();
        if (result != null) {
            holds.add(Math.round(result.holdMillis() * 1e3) / 1e3);
            timeline.event(
                    "  held %d transactions, drained %d", result.heldTransactions(), result.drainedTransactions());
        }
    }

    Operation step(VerbName verb) throws AdminException {
        return step(verb, VerbRequest.PLAIN);
    }

    private Operation step(VerbName verb, VerbRequest request) throws AdminException {
        Operation started = admin.start(tenant, verb, request);
        Operation operation = admin.await(started, new ProgressEvents());
        timeline.event("%-7s  %-9s %s", tenant, verb.name(), operation.message());
        operation.findings().forEach(finding -> timeline.event("  %s: %s", finding.guardrail(), finding.finding()));
        operation.blockers().forEach(blocker -> timeline.event("  blocked by %s", blocker));
        if (operation.state() != Operation.State.SUCCEEDED) {
            throw new DemoFailure(verb.label() + " did not succeed: " + operation.state() + ": " + operation.message());
        }
        return operation;
    }

    long rowsVerified() {
        return rowsVerified;
    }

    long mismatches() {
        return mismatches;
    }

    boolean heldNoLongerThan(double millis) {
        return holds.stream().allMatch(hold -> hold < millis);
    }

    TenantReport report() {
        return new TenantReport(tenant, flips, rollbacks, List.copyOf(holds), rowsVerified, mismatches);
    }

    /** Prints progress at most once a second. */
    private final class ProgressEvents implements Consumer<Operation> {
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
}
