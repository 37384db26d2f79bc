// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.MarkedKeys;
import dev.cutover.dualwrite.mark.Marks.Mark;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries rows that block each other on the idle side. Two rows that have exchanged a unique value cannot be carried one after
 * the other: each finds its new value still in the other's old row. The same holds for a ring of rows, for a row that took the
 * value of one that is carried later, and for ranges under an exclusion constraint.
 *
 * <p>The rows are deleted and inserted as a group, in one transaction. A row that does not fit even so is blocked by a row
 * outside of the group. It leaves the group, and with its old row back, others may no longer fit; so the group shrinks. A long
 * chain of rows, each blocked by the next, would shrink by one at a time; so after some rounds the group is halved. Rows that
 * one transaction wrote have marks next to each other and mostly stay together. What is left out keeps its mark and is tried again.
 */
final class BlockedRows {
    private static final Logger LOG = LoggerFactory.getLogger(BlockedRows.class);
    private static final String UNIQUE_VIOLATION = "23505";
    private static final String EXCLUSION_VIOLATION = "23P01";

    private static final int ROUNDS = 4;

    private final Carrier carrier;
    private final MirrorPlan plan;

    BlockedRows(Carrier carrier, MirrorPlan plan) {
        this.carrier = carrier;
        this.plan = plan;
    }

    /** The errors by which one row blocks another. */
    static Set<String> sqlStates() {
        return Set.of(UNIQUE_VIOLATION, EXCLUSION_VIOLATION);
    }

    static boolean blocked(SQLException e) {
        return e.getSQLState() != null && sqlStates().contains(e.getSQLState());
    }

    /**
     * Carries those of the marks whose rows only block each other.
     *
     * @param blocked in the order in which they were made
     * @return the carried ones; their marks are deleted
     */
    List<Mark> carry(List<Mark> blocked) throws SQLException {
        List<Mark> group = blocked;
        for (int round = 1; round <= ROUNDS; round++) {
            if (group.size() < 2) {
                return List.of();
            }
            try {
                carrier.replace(group, MarkedKeys.of(group, plan));
                LOG.info("replaced rows that blocked each other tenant={} marks={}", plan.tenant(), group.size());
                return group;
            } catch (SQLException e) {
                if (!Transactions.refuses(e)) {
                    return nothing(e);
                }
            }
            group = fitting(group);
        }
        int half = group.size() / 2;
        List<Mark> carried = new ArrayList<>(carry(group.subList(0, half)));
        carried.addAll(carry(group.subList(half, group.size())));
        return carried;
    }

    private List<Mark> fitting(List<Mark> group) throws SQLException {
        try {
            return carrier.fitting(group);
        } catch (SQLException e) {
            return nothing(e);
        }
    }

    /** Nothing has been carried; rows that only lost against a client, or that nobody could write, are tried again later. */
    private static List<Mark> nothing(SQLException e) throws SQLException {
        if (Transactions.serverGone(e)) {
            throw e;
        }
        LOG.debug("rows that block each other were not replaced", e);
        return List.of();
    }
}
