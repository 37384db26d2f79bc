// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import dev.cutover.cli.exit.AdminException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A writer that does not know the proxy: a job that writes the serving side on a connection of its own. Whoever flips has
 * to stop it for that moment and to tell it where to continue; what it would write to the old side would be undone.
 */
final class BypassingWriter implements AutoCloseable {
    private static final long PAUSE_NANOS = 5_000_000;

    private final AcknowledgedFacts ledger;
    private final LongAdder writes = new LongAdder();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::work, "bypassing-writer");
    private Connection connection;
    private long next;
    private volatile boolean stopped;

    BypassingWriter(AcknowledgedFacts ledger, Connection connection) {
        this.ledger = ledger;
        this.connection = connection;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** What happens while nothing is written; it answers with the connection to continue with. */
    interface Move {
        Connection run() throws AdminException, SQLException;
    }

    synchronized void during(Move move) throws AdminException, SQLException {
        Connection before = connection;
        connection = move.run();
        if (connection != before) {
            before.close();
        }
    }

    private void work() {
        while (!stopped) {
            try {
                write();
            } catch (SQLException e) {
                errors.add("bypassing writer: " + e.getSQLState() + " " + e.getMessage());
                return;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private synchronized void write() throws SQLException {
        long customer = 1 + next++ % ShopData.CUSTOMERS;
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE customers SET credit = credit + 1 WHERE id = ?")) {
            statement.setLong(1, customer);
            statement.executeUpdate();
        }
        ledger.creditAdded(customer, 1);
        writes.increment();
    }

    long writes() {
        return writes.sum();
    }

    Queue<String> errors() {
        return errors;
    }

    @Override
    public void close() throws SQLException, InterruptedException {
        stopped = true;
        thread.join();
        synchronized (this) {
            connection.close();
        }
    }
}
