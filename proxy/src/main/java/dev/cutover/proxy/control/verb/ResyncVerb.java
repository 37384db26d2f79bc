// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.mark.Ledger;
import dev.cutover.dualwrite.mark.Ledger.Selection;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/** Has rows that the idle side has refused tried again now, and says how each attempt ended. */
public final class ResyncVerb implements Verb<VerbRequest.Resync> {
    private static final int BATCH = 1_000;
    private static final int NAMED = 20;
    private static final long PAUSE_MILLIS = 20;
    /** Nothing of a batch is tried for so long only if the idle side's rows are locked all the time. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "resync";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Resync request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Phases.require(tenant, name(), Phase.MIRRORING, Phase.READY, Phase.REVERSIBLE);
        ActiveMirror mirroring = tenant.requireMirroring();
        Selection selection = selection(request, mirroring);
        Ledger ledger = new Ledger(mirroring.plan());
        // No connection is held from here to there: a step may wait for resync's, which may wait for a connection.
        DataSource serving = mirroring.placement().serving();
        long refused;
        UUID last;
        try (Connection connection = serving.getConnection()) {
            refused = ledger.count(connection, selection);
            last = ledger.last(connection, selection);
        }
        Tally tally = new Tally();
        Map<UUID, Integer> batch = mirroring.putBack(selection, Ledger.FIRST, last, BATCH);
        while (!batch.isEmpty()) {
            await(mirroring, ledger, batch, tally, listener.cancelled());
            listener.progress("rows", tally.settled + tally.refusedAgain, refused);
            UUID done = batch.keySet().stream().reduce(Ledger.FIRST, (earlier, later) -> later);
            batch = mirroring.putBack(selection, done, last, BATCH);
        }
        mirroring.endFallback();
        try (Connection connection = serving.getConnection()) {
            return outcome(tenant, tally, ledger.rows(connection, selection, NAMED));
        }
    }

    private static Map<UUID, Integer> attempts(ActiveMirror mirroring, Ledger ledger, Collection<UUID> marks)
            throws SQLException {
        try (Connection connection = mirroring.placement().serving().getConnection()) {
            return ledger.attempts(connection, marks);
        }
    }

    /** How the attempts ended. */
    private static final class Tally {
        private long settled;
        private long refusedAgain;
    }

    private static Outcome outcome(Tenant tenant, Tally tally, List<Ledger.RefusedRow> left) throws RefusedException {
        if (tally.refusedAgain > 0) {
            throw new RefusedException(
                    tally.refusedAgain + " refused row(s) were refused again, " + tally.settled + " are settled",
                    left.stream().map(ResyncVerb::finding).toList());
        }
        String next = tally.settled > 0 && tenant.phase() == Phase.MIRRORING ? "; next: verify" : "";
        return new Outcome(tally.settled + " refused row(s) are settled, none was refused again" + next);
    }

    private static Finding finding(Ledger.RefusedRow row) {
        String why = row.unrepresentableBy() == null
                ? ""
                : " (the mapping's " + row.unrepresentableBy() + " has no value for it)";
        return new Finding(
                "idle-side-accepts-rows",
                true,
                row.table() + " " + row.key() + ": " + row.sqlState() + " " + row.error() + why,
                "remove the cause; then run resync again");
    }

    /** Until each mark of the batch is gone or was tried once more. */
    private static void await(
            ActiveMirror mirroring, Ledger ledger, Map<UUID, Integer> batch, Tally tally, BooleanSupplier cancelled)
            throws SQLException, InterruptedException {
        Map<UUID, Integer> waiting = new HashMap<>(batch);
        Deadline patience = Deadline.after(PATIENCE);
        while (!waiting.isEmpty()) {
            if (cancelled.getAsBoolean()) {
                throw new InterruptedException("the proxy is going down");
            }
            int tried = mirroring.step();
            Map<UUID, Integer> now = attempts(mirroring, ledger, waiting.keySet());
            int before = waiting.size();
            waiting.entrySet().removeIf(mark -> {
                Integer attempts = now.get(mark.getKey());
                if (attempts == null) {
                    tally.settled++;
                } else if (attempts > mark.getValue()) {
                    tally.refusedAgain++;
                }
                return attempts == null || attempts > mark.getValue();
            });
            if (waiting.size() < before) {
                patience = Deadline.after(PATIENCE);
            } else if (patience.passed()) {
                throw new SQLException(waiting.size() + " refused row(s) could not be tried, their rows are locked; "
                        + tally.settled + " are settled, " + tally.refusedAgain + " were refused again");
            }
            if (tried == 0) {
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private static Selection selection(VerbRequest.Resync request, ActiveMirror mirroring) throws RefusedException {
        String table = request.table();
        String key = request.key();
        if (table == null && key != null) {
            throw new RefusedException("a key is one of a table; name the table, too");
        }
        if (table != null && mirroring.plan().reading(table).isEmpty()) {
            throw new RefusedException("there is no mapped table \"" + table + "\" on the serving side");
        }
        if (key == null || !key.startsWith("[")) {
            return new Selection(table, key);
        }
        try {
            return new Selection(table, new ObjectMapper().readTree(key).toString());
        } catch (JsonProcessingException e) {
            throw new RefusedException("the key is not a JSON array: " + key);
        }
    }
}
