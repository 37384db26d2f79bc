// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that increments an account of its own, with an entry in each transaction. Its journal has what was acknowledged, and every
 * error with the step that got it. It keeps its session as long as the session lasts.
 */
final class JournalClient {
    private static final long PAUSE_MILLIS = 5;

    private final int port;
    private final int account;
    private final Thread thread = new Thread(this::work, "journal client");
    private final List<Failure> failures = new ArrayList<>();
    private long acknowledged;
    private long unknown;
    private volatile boolean stopped;

    /** What the client was doing. */
    enum Step {
        LOGIN,
        FIRST_STATEMENT,
        LATER_STATEMENT,
        COMMIT
    }

    /** @param begun when the transaction or the login began, by {@link System#nanoTime} */
    record Failure(Step step, String state, String message, long begun) {}

    JournalClient(int port, int account) {
        this.port = port;
        this.account = account;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Returns when the transaction has ended. */
    void stop() throws InterruptedException {
        stopped = true;
        thread.join();
    }

    synchronized long acknowledged() {
        return acknowledged;
    }

    /** The errors since the last call. */
    synchronized List<Failure> takeFailures() {
        List<Failure> taken = List.copyOf(failures);
        failures.clear();
        return taken;
    }

    /** Waits for transactions that begin from now on. */
    void awaitProgress(Duration patience) throws Exception {
        long before = acknowledged();
        Eventually.until("account " + account + " is incremented", patience, () -> acknowledged() > before + 2);
    }

    void assertNothingLost(TestDatabase database, String schema) throws SQLException {
        String balance = "SELECT balance FROM " + schema + ".accounts WHERE id = " + account;
        String entries = "SELECT count(*) FROM " + schema + ".entries WHERE account = " + account;
        long found = Long.parseLong(database.query(balance).get(0));
        synchronized (this) {
            assertTrue(
                    found >= acknowledged && found <= acknowledged + unknown,
                    () -> schema + ": account " + account + " has " + found + ", acknowledged " + acknowledged
                            + ", unknown " + unknown);
        }
        assertEquals(List.of(Long.toString(found)), database.query(entries), "a transaction writes both tables");
    }

    private void work() {
        while (!stopped) {
            long begun = System.nanoTime();
            try (Connection connection = DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + port + "/acme", "postgres", "");
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                while (!stopped && increment(connection, statement)) {
                    Thread.sleep(PAUSE_MILLIS);
                }
            } catch (SQLException e) {
                failed(Step.LOGIN, e, begun);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** @return whether the session still lasts */
    private boolean increment(Connection connection, Statement statement) throws SQLException {
        long begun = System.nanoTime();
        Step step = Step.FIRST_STATEMENT;
        try {
            statement.executeUpdate("UPDATE accounts SET balance = balance + 1 WHERE id = " + account);
            step = Step.LATER_STATEMENT;
            statement.executeUpdate("INSERT INTO entries (account) VALUES (" + account + ")");
            step = Step.COMMIT;
            connection.commit();
            synchronized (this) {
                acknowledged++;
            }
            return true;
        } catch (SQLException e) {
            failed(step, e, begun);
            if (!connection.isClosed()) {
                connection.rollback();
            }
            return !connection.isClosed();
        }
    }

    private synchronized void failed(Step step, SQLException error, long begun) {
        failures.add(new Failure(step, String.valueOf(error.getSQLState()), String.valueOf(error.getMessage()), begun));
        if (step == Step.COMMIT) {
            unknown++;
        }
    }
}
