// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.BypassingWriters;
import dev.cutover.config.Side;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.net.Fence;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Foreign keys and user triggers, which the side that serves has and the other one has not; and the fence, which it has not and
 * the other one has.
 */
public final class Constraints {
    private static final Logger LOG = LoggerFactory.getLogger(Constraints.class);

    private final String tenant;
    private final TenantSides movement;

    public Constraints(Tenant tenant, TenantSides movement) {
        this.tenant = tenant.name();
        this.movement = movement;
    }

    /**
     * Gives them to the side that will serve, and takes the other side's off. Safe to repeat. Between two databases the side
     * that serves comes first: whoever fails in between has not left it without.
     */
    public void giveTo(Side serving, Duration lockTimeout) throws SQLException {
        if (movement.oneDatabase()) {
            Transactions.Steps both = connection -> {
                restore(serving).run(connection);
                park(serving.other()).run(connection);
            };
            Transactions.once(movement.blueDatabase(), lockTimeout, both.asWork());
        } else {
            Transactions.once(
                    movement.database(serving), lockTimeout, restore(serving).asWork());
            Transactions.once(
                    movement.database(serving.other()),
                    lockTimeout,
                    park(serving.other()).asWork());
        }
    }

    /**
     * Sets the fence on the plan's idle side. Waits for the writers of that side who are still running, and refuses those that
     * come later: what the first have marked can then be carried over, and nothing comes after it.
     */
    public void fence(MirrorPlan plan, Duration lockTimeout) throws SQLException {
        Transactions.once(
                movement.database(plan.serving().other()),
                lockTimeout,
                raiseFence(plan).asWork());
    }

    /**
     * The same, for a side that serves already. The other side's trouble does not hold it up: there it is done when resync
     * gets through again.
     */
    void giveBackTo(Side serving, Duration lockTimeout, ActiveMirror mirroring) throws SQLException {
        if (movement.oneDatabase()) {
            giveTo(serving, lockTimeout);
            lowerFence(serving, lockTimeout);
            fence(mirroring.plan(), lockTimeout);
            return;
        }
        Transactions.Steps back = connection -> {
            restore(serving).run(connection);
            Fence.lower(connection, movement.schema(serving));
        };
        Transactions.once(movement.database(serving), lockTimeout, back.asWork());
        MirrorPlan plan = mirroring.plan();
        Transactions.Steps park = connection -> {
            park(serving.other()).run(connection);
            raiseFence(plan).run(connection);
        };
        try {
            Transactions.once(movement.database(serving.other()), lockTimeout, park.asWork());
        } catch (SQLException e) {
            LOG.warn("constraints of the idle side stay for now tenant={} error={}", tenant, OneLine.of(e));
            mirroring.beforeNextStep(park);
        }
    }

    /**
     * Proves the foreign keys that came back unproved; readers and writers continue meanwhile.
     *
     * @return why one stays unproved, if rows violate it; else empty
     */
    static String validate(TenantSides movement, Side side) throws SQLException {
        try (Connection connection = movement.database(side).getConnection()) {
            return String.join("; ", Parking.validate(connection, movement.schema(side)));
        }
    }

    /** Lifts the fence of the side that serves. Safe to repeat. */
    public void lowerFence(Side serving, Duration lockTimeout) throws SQLException {
        Transactions.Steps lower = connection -> Fence.lower(connection, movement.schema(serving));
        Transactions.once(movement.database(serving), lockTimeout, lower.asWork());
    }

    /**
     * Lifts the fence of the side that will serve, in a transaction that is still open when this returns. The transaction holds its
     * locks, so its commit waits for nothing. Until then a write by an older route is refused by the fence, or waits for the commit.
     */
    Lowering lowering(Side next, Duration lockTimeout) throws SQLException {
        Connection connection = movement.database(next).getConnection();
        try {
            connection.setAutoCommit(false);
            Rows.execute(connection, List.of("SET LOCAL lock_timeout = " + lockTimeout.toMillis()));
            Fence.lower(connection, movement.schema(next));
            return new Lowering(connection);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** A fence that comes down when {@link #commit} is called, and stays if this is closed before. */
    static final class Lowering implements AutoCloseable {
        private final Connection connection;

        private Lowering(Connection connection) {
            this.connection = connection;
        }

        void commit() throws SQLException {
            connection.commit();
        }

        /** After {@link #commit} there is nothing to roll back. */
        @Override
        public void close() throws SQLException {
            try (connection) {
                connection.rollback();
            }
        }
    }

    private Transactions.Steps restore(Side side) {
        return connection -> new Parking(movement.transition(), tenant).restore(connection, side);
    }

    private Transactions.Steps raiseFence(MirrorPlan plan) {
        return movement.config().bypassingWriters() == BypassingWriters.REFUSE
                ? connection -> new Fence(plan).raise(connection)
                : connection -> {};
    }

    private Transactions.Steps park(Side side) {
        return connection -> new Parking(movement.transition(), tenant).park(connection, side, movement.schema(side));
    }
}
