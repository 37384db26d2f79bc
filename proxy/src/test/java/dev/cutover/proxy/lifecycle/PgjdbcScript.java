// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.dualwrite.testing.Eventually;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;

/**
 * What applications do with pgjdbc, on table {@code item}: batches, cursors with a fetch size, COPY, server-prepared
 * statements, savepoints, cancel, LISTEN. What it returns must be the same with and without a proxy.
 */
final class PgjdbcScript {
    private final String url;
    private final String user;
    private final String password;
    private final StringBuilder log = new StringBuilder();

    /** @param url ends where options can be added */
    PgjdbcScript(String url, String user, String password) {
        this.url = url;
        this.user = user;
        this.password = password;
    }

    String run(int turns) {
        log.setLength(0);
        try (Connection connection = DriverManager.getConnection(url + "prepareThreshold=3", user, password);
                Statement statement = connection.createStatement();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, ?)");
                PreparedStatement read =
                        connection.prepareStatement("SELECT id, name FROM item WHERE id >= ?" + " ORDER BY id")) {
            for (int turn = 0; turn < turns; turn++) {
                int first = 5000 + turn * 10;
                batch(insert, first);
                failingBatch(insert, first);
                cursor(connection, read, first);
                copy(connection, first);
                savepoint(connection, statement, first);
                log(statement.executeUpdate("DELETE FROM item WHERE id >= 5000"));
            }
            cancel(statement);
            listen(connection, statement);
        } catch (Exception e) {
            throw new CompletionException(log.toString(), e);
        }
        return log.toString();
    }

    private void log(Object entry) {
        log.append(entry).append('\n');
    }

    private void batch(PreparedStatement insert, int first) throws SQLException {
        for (int i = 0; i < 5; i++) {
            insert.setInt(1, first + i);
            insert.setString(2, "batch " + i);
            insert.addBatch();
        }
        log(Arrays.toString(insert.executeBatch()));
    }

    private void failingBatch(PreparedStatement insert, int first) throws SQLException {
        insert.setInt(1, first + 5);
        insert.setString(2, "alone");
        insert.addBatch();
        insert.setInt(1, first);
        insert.setString(2, "twice");
        insert.addBatch();
        try {
            insert.executeBatch();
            log("no error");
        } catch (BatchUpdateException e) {
            log(e.getSQLState() + " " + Arrays.toString(e.getUpdateCounts()));
        }
    }

    private void cursor(Connection connection, PreparedStatement read, int first) throws SQLException {
        connection.setAutoCommit(false);
        read.setFetchSize(2);
        read.setInt(1, first);
        try (ResultSet rows = read.executeQuery()) {
            ResultSetMetaData columns = rows.getMetaData();
            log(columns.getColumnName(1) + " " + columns.getColumnTypeName(1) + " " + columns.getTableName(1));
            while (rows.next()) {
                log(rows.getInt(1) + " " + rows.getString(2));
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private void copy(Connection connection, int first) throws SQLException, IOException {
        CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
        log(copy.copyIn("COPY item FROM STDIN", new StringReader((first + 8) + "\tcopied\n")));
        StringWriter out = new StringWriter();
        copy.copyOut("COPY (SELECT * FROM item WHERE id >= " + first + " ORDER BY id) TO STDOUT", out);
        log(out);
        try {
            copy.copyIn("COPY item FROM STDIN", new StringReader(first + "\ttwice\n"));
            log("no error");
        } catch (SQLException e) {
            log(e.getSQLState());
        }
    }

    private void savepoint(Connection connection, Statement statement, int first) throws SQLException {
        connection.setAutoCommit(false);
        log(statement.executeUpdate("UPDATE item SET name = upper(name) WHERE id >= " + first));
        Savepoint savepoint = connection.setSavepoint();
        try {
            statement.execute("INSERT INTO item VALUES (" + first + ", NULL)");
            log("no error");
        } catch (SQLException e) {
            log(e.getSQLState());
        }
        connection.rollback(savepoint);
        try (ResultSet rows =
                statement.executeQuery("UPDATE item SET name = name || '!' WHERE id = " + first + " RETURNING name")) {
            rows.next();
            log(rows.getString(1));
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private void cancel(Statement statement) throws SQLException {
        statement.setQueryTimeout(1);
        try {
            statement.execute("SELECT pg_sleep(600)");
            log("no error");
        } catch (SQLException e) {
            log(e.getSQLState());
        }
        statement.setQueryTimeout(0);
    }

    private void listen(Connection connection, Statement statement) throws Exception {
        statement.execute("LISTEN pgjdbc_script");
        statement.execute("NOTIFY pgjdbc_script, 'ping'");
        PGConnection listening = connection.unwrap(PGConnection.class);
        List<PGNotification> received = new ArrayList<>();
        Eventually.until("a notification", Duration.ofMinutes(1), () -> {
            PGNotification[] notifications = listening.getNotifications(100);
            if (notifications != null) {
                received.addAll(List.of(notifications));
            }
            return !received.isEmpty();
        });
        log(received.get(0).getName() + " " + received.get(0).getParameter());
    }
}
