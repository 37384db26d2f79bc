package dev.cutover.benchmarks.load;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** PgBouncer's own way: PAUSE, another database in its configuration, RELOAD, RESUME. It keeps nothing equal. */
final class BouncerMover implements Mover, AutoCloseable {
    static final String BLUE = "bouncer_blue";
    static final String GREEN = "bouncer_green";
    private static final String FILE = "pgbouncer-transaction.ini";

    private final Peers peers;
    private final Connection console;
    private boolean green;

    BouncerMover(Peers peers, Contender bouncer) throws SQLException {
        this.peers = peers;
        this.console = DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + bouncer.port()
                        + "/pgbouncer?preferQueryMode=simple&assumeMinServerVersion=9.6",
                Server.USER,
                "");
    }

    @Override
    public Move move() throws Exception {
        long begin = now();
        try (Statement statement = console.createStatement()) {
            statement.execute("PAUSE " + Server.DATABASE);
            String from = green ? GREEN : BLUE;
            peers.change(FILE, "dbname=" + from, "dbname=" + (green ? BLUE : GREEN));
            green = !green;
            statement.execute("RELOAD");
            statement.execute("RESUME " + Server.DATABASE);
        }
        long end = now();
        return new Move(begin, end, end - begin, "");
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    @Override
    public void close() throws SQLException {
        console.close();
    }
}
