// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.Marks.Mark;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the marks whose rows the idle side takes, within the caller's transactions. Clients may wait for the rows meanwhile, so the
 * search ends after a while with what it has found.
 */
final class Fitting {
    /** Writes the idle rows of some marks. */
    @FunctionalInterface
    interface Write {
        void run(List<Mark> marks) throws SQLException;
    }

    private static final Duration LONGEST = Duration.ofMillis(400);

    private final List<Connection> connections;
    private final Write write;
    private final Deadline deadline = Deadline.after(LONGEST);
    private final List<Mark> fitting = new ArrayList<>();

    private Fitting(List<Connection> connections, Write write) {
        this.connections = connections;
        this.write = write;
    }

    /**
     * Writes what the idle side takes of the rows; halves those that it refuses.
     *
     * @param connections that a failed write leaves in a failed transaction
     */
    static List<Mark> of(List<Connection> connections, List<Mark> marks, Write write) throws SQLException {
        Fitting search = new Fitting(connections, write);
        search.among(marks);
        return search.fitting;
    }

    private void among(List<Mark> marks) throws SQLException {
        if (deadline.passed()) {
            return;
        }
        List<Savepoint> before = new ArrayList<>();
        for (Connection connection : connections) {
            before.add(connection.setSavepoint());
        }
        try {
            write.run(marks);
            for (int i = 0; i < before.size(); i++) {
                connections.get(i).releaseSavepoint(before.get(i));
            }
            fitting.addAll(marks);
        } catch (SQLException e) {
            if (!Transactions.refuses(e)) {
                throw e;
            }
            for (int i = 0; i < before.size(); i++) {
                connections.get(i).rollback(before.get(i));
            }
            if (marks.size() > 1) {
                int half = marks.size() / 2;
                among(marks.subList(0, half));
                among(marks.subList(half, marks.size()));
            }
        }
    }
}
