package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.resync.Marks.Mark;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;

/** Finds the marks whose rows the idle side takes, within the caller's transaction. */
final class Fitting {
    /** Writes the idle rows of some marks. */
    @FunctionalInterface
    interface Write {
        void run(List<Mark> marks) throws SQLException;
    }

    private final Connection idle;
    private final Write write;
    private final List<Mark> fitting = new ArrayList<>();

    private Fitting(Connection idle, Write write) {
        this.idle = idle;
        this.write = write;
    }

    /** Writes what the idle side takes of the rows; halves those that it refuses. */
    static List<Mark> of(Connection idle, List<Mark> marks, Write write) throws SQLException {
        Fitting search = new Fitting(idle, write);
        search.among(marks);
        return search.fitting;
    }

    private void among(List<Mark> marks) throws SQLException {
        Savepoint before = idle.setSavepoint();
        try {
            write.run(marks);
            idle.releaseSavepoint(before);
            fitting.addAll(marks);
        } catch (SQLException e) {
            if (!Transactions.refuses(e)) {
                throw e;
            }
            idle.rollback(before);
            if (marks.size() > 1) {
                int half = marks.size() / 2;
                among(marks.subList(0, half));
                among(marks.subList(half, marks.size()));
            }
        }
    }
}
