// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import dev.cutover.proxy.crash.Journal.Write;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One application that writes through the proxy, alone and in blocks, reconnects when its connection is lost, and keeps a
 * journal. It finds by itself that a row is missing which it has written.
 */
final class Client implements Runnable {
    static final int KEYS = 150;

    /** What a client may be told besides: it has lost against another transaction, or is asked to repeat the block. */
    private static final Set<String> ROLLED_BACK = Set.of("40001", "40P01");

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int LONGEST_BLOCK = 4;

    private final int number;
    private final Load load;
    private final SplittableRandom random;
    private final Journal journal = new Journal();
    private final AtomicLong versions;
    private List<Write> writes = new ArrayList<>();
    private List<Integer> counted = new ArrayList<>();

    /** @param versions shared by all clients, so that a version tells who made it */
    Client(int number, Load load, SplittableRandom random, AtomicLong versions) {
        this.number = number;
        this.load = load;
        this.random = random;
        this.versions = versions;
    }

    Journal journal() {
        return journal;
    }

    @Override
    public void run() {
        while (load.mayGoOn()) {
            try (Connection connection = DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + load.port()
                            + "/acme?connectTimeout=10&socketTimeout=120&preferQueryMode="
                            + (number % 2 == 0 ? "extended" : "simple"),
                    "postgres",
                    "")) {
                while (load.mayGoOn()) {
                    transaction(connection);
                    load.awaitTurn();
                    LockSupport.parkNanos(random.nextLong(PAUSE_NANOS));
                }
            } catch (SQLException e) {
                if (!connectionLost(e)) {
                    load.failed("client " + number + ": " + e.getSQLState() + " " + e.getMessage());
                    return;
                }
                LockSupport.parkNanos(RECONNECT_NANOS);
            }
        }
    }

    private void transaction(Connection connection) throws SQLException {
        writes = new ArrayList<>();
        counted = new ArrayList<>();
        boolean block = random.nextInt(3) == 0;
        boolean mayHaveHappened = !block;
        try {
            connection.setAutoCommit(!block);
            if (block) {
                block(connection);
                mayHaveHappened = true;
                connection.commit();
            } else {
                write(connection, number * KEYS + random.nextInt(KEYS));
            }
        } catch (SQLException e) {
            if (connectionLost(e)) {
                if (mayHaveHappened) {
                    journal.unknown(writes);
                    load.tally().unknown(counted);
                }
                throw e;
            }
            if (!ROLLED_BACK.contains(e.getSQLState())) {
                throw e;
            }
            connection.rollback();
            return;
        }
        journal.acknowledged(writes);
        load.tally().acknowledged(counted);
        load.progress();
    }

    private void block(Connection connection) throws SQLException {
        // Each key once: whether the block has left a row there is not known to the journal yet.
        int first = random.nextInt(KEYS);
        int length = 1 + random.nextInt(LONGEST_BLOCK);
        for (int i = 0; i < length; i++) {
            write(connection, number * KEYS + (first + i) % KEYS);
        }
        int counter = random.nextInt(Tally.COUNTERS);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE tally SET n = n + 1 WHERE id = " + counter);
            counted.add(counter);
        }
    }

    private void write(Connection connection, int key) throws SQLException {
        int choice = random.nextInt(100);
        if (journal.absent(key)) {
            if (choice < 70) {
                insert(connection, key);
            } else {
                upsert(connection, key);
            }
        } else if (choice < 60 && journal.present(key)) {
            update(connection, key, choice);
        } else if (choice < 75 && journal.present(key)) {
            delete(connection, key);
        } else {
            upsert(connection, key);
        }
    }

    private void insert(Connection connection, int key) throws SQLException {
        long version = attempt(key);
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO slots (id, version, bucket, note) VALUES (?, ?, ?, ?)")) {
            insert.setInt(1, key);
            insert.setLong(2, version);
            insert.setInt(3, key % Tally.COUNTERS);
            insert.setString(4, "inserted " + version);
            insert.executeUpdate();
        }
    }

    private void upsert(Connection connection, int key) throws SQLException {
        long version = attempt(key);
        try (PreparedStatement upsert =
                connection.prepareStatement("INSERT INTO slots AS s (id, version, bucket, note) VALUES (?, ?, ?, ?)"
                        + " ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version, note = EXCLUDED.note || s.bucket"
                        + " RETURNING version")) {
            upsert.setInt(1, key);
            upsert.setLong(2, version);
            upsert.setInt(3, key % Tally.COUNTERS);
            upsert.setString(4, "put " + version);
            try (ResultSet row = upsert.executeQuery()) {
                if (!row.next() || row.getLong(1) != version) {
                    load.failed("key " + key + ": RETURNING does not say what was written, version " + version);
                }
            }
        }
    }

    /** As analysis likes it best, and in forms that it leaves to the net. */
    private void update(Connection connection, int key, int choice) throws SQLException {
        long version = attempt(key);
        String set = "UPDATE slots SET version = " + version + ", note = 'updated " + version + "' WHERE id = " + key;
        int found = 1;
        try (Statement statement = connection.createStatement()) {
            if (choice < 45 || choice >= 53 && !load.pinning()) {
                found = statement.executeUpdate(set);
            } else if (choice < 53) {
                try (ResultSet row =
                        statement.executeQuery("WITH u AS (" + set + " RETURNING id) SELECT count(*) FROM u")) {
                    row.next();
                    found = row.getInt(1);
                }
            } else {
                statement.execute("DO $$ BEGIN " + set + "; IF NOT FOUND THEN RAISE 'key " + key
                        + " is missing'; END IF; END $$");
            }
        }
        if (found != 1) {
            load.failed("key " + key + ": an acknowledged row was missing when version " + version + " was written");
        }
    }

    private void delete(Connection connection, int key) throws SQLException {
        writes.add(new Write(key, Journal.ABSENT));
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM slots WHERE id = ?")) {
            delete.setInt(1, key);
            if (delete.executeUpdate() != 1) {
                load.failed("key " + key + ": an acknowledged row was missing when it was deleted");
            }
        }
    }

    private long attempt(int key) {
        long version = versions.incrementAndGet();
        writes.add(new Write(key, version));
        return version;
    }

    private static boolean connectionLost(SQLException e) {
        String state = e.getSQLState();
        return state == null || state.startsWith("08") || state.startsWith("57P0");
    }
}
