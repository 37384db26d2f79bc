package dev.cutover.proxy.control;

import dev.cutover.config.Side;
import dev.cutover.config.runtime.Text;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.schema.Parking;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Foreign keys and user triggers, which the side that serves has and the other one has not. */
final class Constraints {
    private static final Logger LOG = LoggerFactory.getLogger(Constraints.class);

    private final String tenant;
    private final Movement movement;

    Constraints(Tenant tenant, Movement movement) {
        this.tenant = tenant.name();
        this.movement = movement;
    }

    /**
     * Gives them to the side that will serve, and takes the other side's off. Safe to repeat. Between two databases the side
     * that serves comes first: whoever fails in between has not left it without.
     */
    void giveTo(Side serving, Duration lockTimeout) throws SQLException {
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
     * Likewise, for a side that serves already. The other side's trouble does not hold it up: there it is done when resync
     * gets through again.
     */
    void giveBackTo(Side serving, Duration lockTimeout, Mirroring mirroring) throws SQLException {
        if (movement.oneDatabase()) {
            giveTo(serving, lockTimeout);
            return;
        }
        Transactions.once(
                movement.database(serving), lockTimeout, restore(serving).asWork());
        Transactions.Steps park = park(serving.other());
        try {
            Transactions.once(movement.database(serving.other()), lockTimeout, park.asWork());
        } catch (SQLException e) {
            LOG.warn("constraints of the idle side stay for now tenant={} error={}", tenant, Text.firstLine(e));
            mirroring.beforeNextStep(park);
        }
    }

    /**
     * Proves the foreign keys that came back unproved; readers and writers go on meanwhile.
     *
     * @return why one stays unproved, if rows violate it; else empty
     */
    static String validate(Movement movement, Side side) throws SQLException {
        try (Connection connection = movement.database(side).getConnection()) {
            return String.join("; ", Parking.validate(connection, movement.schema(side)));
        }
    }

    private Transactions.Steps restore(Side side) {
        return connection -> new Parking(tenant).restore(connection, side);
    }

    private Transactions.Steps park(Side side) {
        return connection -> new Parking(tenant).park(connection, side, movement.schema(side));
    }
}
