// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * PostgreSQL's logical replication to another database of the same server. It is there only while it takes its turn: it
 * would read what all others write.
 */
final class ReplicationScenario implements AutoCloseable {
    /** A subscription maps neither schemas nor columns. */
    static final String SCHEMA = "replicated";

    static final String DATABASE = "replica";

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final Server server;

    private ReplicationScenario(Server server) {
        this.server = server;
    }

    /** Once, before the first turn. */
    static void prepare(Server server) throws SQLException {
        for (String database : new String[] {Server.DATABASE, DATABASE}) {
            server.execute(database, "CREATE TABLE " + SCHEMA + ".written (number bigint PRIMARY KEY)");
        }
        server.execute(
                Server.DATABASE,
                Figures.format("CREATE PUBLICATION moved FOR TABLE %1$s.orders, %1$s.events, %1$s.written", SCHEMA));
    }

    /** Both sides are equal when it begins. */
    static ReplicationScenario begin(Server server) throws SQLException, IOException {
        server.execute(Server.DATABASE, "SELECT pg_create_logical_replication_slot('moved', 'pgoutput')");
        server.execute(
                DATABASE,
                "CREATE SUBSCRIPTION moved CONNECTION 'host=127.0.0.1 port=" + server.port() + " user=" + Server.USER
                        + " dbname=" + Server.DATABASE
                        + "' PUBLICATION moved WITH (create_slot = false, slot_name = 'moved', copy_data = false)");
        ReplicationScenario replication = new ReplicationScenario(server);
        replication.await(Server.DATABASE, "SELECT state = 'streaming' FROM pg_stat_replication");
        return replication;
    }

    /** Waits until all that was written before is applied: a row that is written now is the last one. */
    void catchUp() throws SQLException, IOException {
        long number = System.nanoTime();
        server.execute(Server.DATABASE, "INSERT INTO " + SCHEMA + ".written VALUES (" + number + ")");
        await(DATABASE, "SELECT true FROM " + SCHEMA + ".written WHERE number = " + number);
    }

    private void await(String database, String condition) throws SQLException, IOException {
        long begin = System.nanoTime();
        try (Connection connection = server.connect(database);
                PreparedStatement statement = connection.prepareStatement(condition)) {
            while (true) {
                try (ResultSet row = statement.executeQuery()) {
                    if (row.next() && row.getBoolean(1)) {
                        return;
                    }
                }
                if (System.nanoTime() - begin > PATIENCE_NANOS) {
                    throw new IOException("logical replication stalled: " + condition);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
        }
    }

    @Override
    public void close() throws SQLException {
        server.execute(DATABASE, "DROP SUBSCRIPTION moved");
    }
}
