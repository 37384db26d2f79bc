// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A client of many small transactions that connects again when its session has ended between two of them, as connection pools do. A
 * transaction that fails after its first statement is a failure.
 */
final class ReconnectingClient {
    private static final long PAUSE_MILLIS = 5;

    private final String url;
    private final TestServer server;
    private final int account;
    private final Thread thread = new Thread(this::work, "reconnecting client");
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;
    private volatile long committed;
    private volatile long reconnects = -1;

    ReconnectingClient(int port, TestServer server, int account) {
        this.url = "jdbc:postgresql://127.0.0.1:" + port + "/acme";
        this.server = server;
        this.account = account + 1;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Returns when it has ended its transaction. */
    void stop() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    List<String> failures() {
        return failures;
    }

    /** Those of transactions that were running when a server died: at most one of each client. */
    void forgetFailures(int atMost) {
        if (failures.size() <= atMost) {
            failures.clear();
        }
    }

    long committed() {
        return committed;
    }

    /** How often it has connected again. */
    long reconnects() {
        return reconnects;
    }

    void awaitProgress(Duration patience) throws Exception {
        long before = committed;
        Eventually.until("a transaction commits", patience, () -> committed > before + 2 || !failures.isEmpty());
    }

    private void work() {
        while (!stopped) {
            try (Connection connection = DriverManager.getConnection(url, server.user(), server.password());
                    Statement statement = connection.createStatement()) {
                reconnects++;
                connection.setAutoCommit(false);
                while (!stopped && begun(statement)) {
                    finish(connection, statement);
                    Thread.sleep(PAUSE_MILLIS);
                }
            } catch (SQLException e) {
                // The proxy that was to accept it is ending: it connects again, and the next one does.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** @return false if the session has ended before: nothing of the transaction was done */
    private boolean begun(Statement statement) {
        try {
            statement.executeUpdate("UPDATE accounts SET balance = balance + 1 WHERE id = " + account);
            return true;
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (!state.equals("57P01") && !state.startsWith("08")) {
                failures.add("first statement: " + state + " " + e.getMessage());
            }
            return false;
        }
    }

    private void finish(Connection connection, Statement statement) {
        try {
            statement.executeUpdate("INSERT INTO entries (account) VALUES (" + account + ")");
            connection.commit();
            committed++;
        } catch (SQLException e) {
            failures.add("in a transaction: " + e.getSQLState() + " " + e.getMessage());
        }
    }
}
