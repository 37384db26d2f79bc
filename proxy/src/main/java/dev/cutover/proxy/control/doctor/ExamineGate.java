// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.proxy.gate.Gate;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether the gate counts sessions that run nothing. */
public final class ExamineGate implements Examination {
    private static final int LOOP_SECONDS = 5;

    @Override
    public String name() {
        return "gate";
    }

    @Override
    public List<Symptom> examine(DoctorContext patient) throws SQLException {
        Gate gate = patient.tenant().routing().gate();
        String place = "the gate of tenant " + patient.tenant().name();
        int stale = result(gate.stale());
        if (stale == 0) {
            return List.of();
        }
        return List.of(curable(
                place,
                stale + " session(s) that run nothing are counted as running",
                "a flip would wait for them",
                "counts them no longer",
                listener -> result(gate.reconcile())));
    }

    private static int result(CompletableFuture<Integer> count) throws SQLException {
        try {
            return count.get(LOOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted", "57014", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new SQLException("an event loop of the proxy does not answer", "08000", e);
        }
    }
}
