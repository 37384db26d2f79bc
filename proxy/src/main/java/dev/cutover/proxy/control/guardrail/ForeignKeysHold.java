// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.schema.Parking.Violated;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * The idle side's foreign keys, which are parked while it is idle, would hold. They come back unproved in the hold and are
 * proved after it: too late to find that they do not hold.
 */
final class ForeignKeysHold implements Guardrail {
    /** A row may be there while the one it refers to is still carried over: only what is seen each time is wrong. */
    private static final int LOOKS = 10;

    private static final long PAUSE_MILLIS = 500;

    @Override
    public GuardrailName name() {
        return GuardrailName.FOREIGN_KEYS_HOLD;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        // Until then rows are missing that others refer to.
        if (!Backfill.progress(connection, now.plan().transition(), now.tenant())
                .done()) {
            return List.of();
        }
        Parking parking = new Parking(now.plan());
        Side idleSide = now.plan().serving().other();
        List<Violated> violated;
        try (Connection idle = now.placement().idle().getConnection()) {
            violated = parking.violated(idle, idleSide);
            for (int look = 2; look <= LOOKS && !violated.isEmpty(); look++) {
                Thread.sleep(PAUSE_MILLIS);
                violated = still(violated, parking.violated(idle, idleSide));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(note(
                    "foreign keys were not looked at: the proxy is going down", "repeat it once the proxy is back"));
        }
        return violated.stream()
                .map(
                        one -> blocking(
                                "foreign key " + one.name() + " of " + one.table() + " on the idle side does not hold: "
                                        + (one.rows().size() >= Violated.MOST ? "at least " : "")
                                        + one.rows().size() + " row(s) refer to nothing",
                                "correct the rows on the serving side or the mapping; if overridden, the key comes back NOT VALID"))
                .toList();
    }

    /** What is seen now and was seen before. */
    private static List<Violated> still(List<Violated> before, List<Violated> now) {
        List<Violated> still = new ArrayList<>();
        for (Violated one : now) {
            before.stream()
                    .filter(other ->
                            other.table().equals(one.table()) && other.name().equals(one.name()))
                    .findFirst()
                    .ifPresent(other -> {
                        List<String> rows = new ArrayList<>(one.rows());
                        rows.retainAll(new HashSet<>(other.rows()));
                        if (!rows.isEmpty()) {
                            still.add(new Violated(one.table(), one.name(), rows));
                        }
                    });
        }
        return still;
    }
}
