// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

import dev.cutover.dualwrite.analyze.ComparableRead;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.readcompare.Verdict.Different;
import dev.cutover.dualwrite.readcompare.Verdict.Equal;
import dev.cutover.dualwrite.readcompare.Verdict.Incomparable;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Runs a read on both sides and says whether they answer alike.
 *
 * <p>Writes continue meanwhile, so a difference must be shown to be none of theirs. Within one database both sides are read in
 * one snapshot, in which a write and its mirror, or its mark, are both there or both not: where the snapshot has no mark, the
 * sides are equal in it, and a difference is one. Between two databases there is no such snapshot: the serving side is read
 * before and after the idle one, must answer the same without a mark each time, and all that several times over.
 *
 * <p>A read runs as the role of its client: with its rights, and with the rows that its policies show. If the maintenance role may
 * not act as that role, the read is incomparable.
 *
 * <p>For use by one thread; only {@link #cancel} is for others.
 */
public final class ReadComparer {
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int ATTEMPTS = 5;
    private static final long PAUSE_MILLIS = 100;
    private static final int TIMES_BETWEEN_DATABASES = 3;
    private static final String ITSELF = "it differs from itself when it is run twice on the serving side";

    /** Classes of SQLSTATE that say something of the moment and nothing of the statement. */
    private static final Set<String> OF_THE_MOMENT = Set.of("08", "25", "40", "53", "55", "57", "58");

    private final Placement placement;
    private final Marks marks;
    private final String servingPath;
    private final String idlePath;
    private volatile @Nullable Statement running;
    private volatile boolean cancelled;

    /**
     * Compares one tenant's reads in one direction.
     *
     * @param servingPath the serving side's {@code search_path}, as SQL text
     */
    public ReadComparer(Placement placement, Marks marks, String servingPath, String idlePath) {
        this.placement = placement;
        this.marks = marks;
        this.servingPath = servingPath;
        this.idlePath = idlePath;
    }

    /**
     * What came of one read.
     *
     * @param servingNanos how long its first run took there; 0 if one of the sides did not answer
     */
    public record Comparison(Verdict verdict, long servingNanos, long idleNanos) {
        /** Without having asked a side, or in vain. */
        public static Comparison incomparable(String why) {
            return new Comparison(new Incomparable(why), 0, 0);
        }
    }

    /** @param settled whether no write can be the cause of the verdict */
    private record Round(Comparison comparison, boolean settled) {}

    /** The side's answer; null if it refuses the statement. */
    private record Answer(@Nullable ReadRows rows, Verdict refused) {}

    /** @throws SQLException if there is no server to ask, or {@link #cancel} was called */
    public Comparison compare(SampledRead sampled) throws SQLException, InterruptedException {
        ComparableRead read = sampled.comparable();
        if (!read.doubt().isEmpty()) {
            return Comparison.incomparable(read.doubt());
        }
        int confirmations = placement instanceof OneDatabase ? 1 : TIMES_BETWEEN_DATABASES;
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            Round round;
            try {
                round = placement instanceof OneDatabase one
                        ? within(one.database(), sampled.role(), read)
                        : across(sampled.role(), read);
            } catch (ReadRows.TooLong e) {
                return Comparison.incomparable(String.valueOf(e.getMessage()));
            }
            Comparison comparison = round.comparison();
            if (!(comparison.verdict() instanceof Different) || round.settled() && --confirmations == 0) {
                return comparison;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        return Comparison.incomparable("writes that reach the idle side later prevented it");
    }

    private Round within(DataSource database, String role, ComparableRead read) throws SQLException, ReadRows.TooLong {
        try (Connection connection = database.getConnection()) {
            begin(connection);
            try {
                Answer serving = run(connection, role, servingPath, read.sql());
                if (serving.rows() == null) {
                    return new Round(new Comparison(serving.refused(), 0, 0), true);
                }
                Comparison comparison = comparison(read, serving.rows(), run(connection, role, idlePath, read.sql()));
                if (!(comparison.verdict() instanceof Different)) {
                    return new Round(comparison, true);
                }
                Answer again = run(connection, role, servingPath, read.sql());
                return isSame(read, serving.rows(), again)
                        ? new Round(comparison, marks.count(connection).pending() == 0)
                        : new Round(Comparison.incomparable(ITSELF), true);
            } finally {
                connection.rollback();
            }
        }
    }

    private Round across(String role, ComparableRead read) throws SQLException, ReadRows.TooLong {
        Seen before = servingSide(role, read);
        if (before.answer().rows() == null) {
            return new Round(new Comparison(before.answer().refused(), 0, 0), true);
        }
        Answer idle;
        try (Connection connection = placement.idle().getConnection()) {
            begin(connection);
            try {
                idle = run(connection, role, idlePath, read.sql());
            } finally {
                connection.rollback();
            }
        }
        Comparison comparison = comparison(read, before.answer().rows(), idle);
        if (!(comparison.verdict() instanceof Different)) {
            return new Round(comparison, true);
        }
        Seen after = servingSide(role, read);
        boolean quiet = before.marks() == 0 && after.marks() == 0;
        boolean same = isSame(read, before.answer().rows(), after.answer());
        return quiet && !same ? new Round(Comparison.incomparable(ITSELF), true) : new Round(comparison, quiet && same);
    }

    /** @param marks how many there were in the snapshot that was read */
    private record Seen(Answer answer, long marks) {}

    private Seen servingSide(String role, ComparableRead read) throws SQLException, ReadRows.TooLong {
        try (Connection connection = placement.serving().getConnection()) {
            begin(connection);
            try {
                Answer answer = run(connection, role, servingPath, read.sql());
                return new Seen(answer, marks.count(connection).pending());
            } finally {
                connection.rollback();
            }
        }
    }

    private static Comparison comparison(ComparableRead read, ReadRows serving, Answer idle) {
        ReadRows rows = idle.rows();
        return rows == null
                ? new Comparison(idle.refused(), 0, 0)
                : new Comparison(Answers.compare(read, serving, rows), serving.nanos(), rows.nanos());
    }

    private static boolean isSame(ComparableRead read, ReadRows first, Answer second) {
        return second.rows() != null && Answers.compare(read, first, second.rows()) instanceof Equal;
    }

    private static void begin(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            statement.execute("SET LOCAL statement_timeout = " + TIMEOUT_MILLIS);
            statement.execute("SET LOCAL row_security = on");
            // A sum of floating-point numbers hangs on the order in which they are added, in its last digits.
            statement.execute("SET LOCAL extra_float_digits = -2");
        }
    }

    private Answer run(Connection connection, String role, String path, String sql)
            throws SQLException, ReadRows.TooLong {
        Savepoint savepoint = connection.setSavepoint();
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute("SET LOCAL ROLE " + SqlText.identifier(role));
            statement.execute("SET LOCAL search_path TO " + path);
            running = statement;
            if (cancelled) {
                throw new SQLException("cancelled", "57014");
            }
            ReadRows rows = ReadRows.of(statement, sql);
            statement.execute("SET LOCAL ROLE NONE");
            return new Answer(rows, new Equal());
        } catch (SQLException e) {
            if (cancelled || Transactions.serverGone(e)) {
                throw e;
            }
            connection.rollback(savepoint);
            return new Answer(null, refused(path, e));
        } finally {
            running = null;
        }
    }

    /** The client's own run has succeeded: an error on the serving side is ours, one of the idle side alone is a difference. */
    private Verdict refused(String path, SQLException e) {
        String state = String.valueOf(e.getSQLState());
        boolean idle = path.equals(idlePath);
        String what = "SQLSTATE " + state + " on the " + (idle ? "idle" : "serving") + " side";
        if (!idle || OF_THE_MOMENT.contains(state.substring(0, Math.min(2, state.length())))) {
            return new Incomparable(what);
        }
        return new Different(what);
    }

    /** What runs is cancelled, and nothing more is run until {@link #resume}. For any thread. */
    public void cancel() {
        cancelled = true;
        Statement now = running;
        if (now != null) {
            try {
                now.cancel();
            } catch (SQLException e) {
                // It has ended, or its connection has; then it holds nothing.
                return;
            }
        }
    }

    /** Reads are run again. */
    public void resume() {
        cancelled = false;
    }
}
