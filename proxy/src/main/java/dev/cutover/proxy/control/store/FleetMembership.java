// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.ControlConfig;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.proxy.control.schedule.RepeatedTask;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This proxy's place among those that share the control database: a row with a lease, by that database's clock, and a session
 * that holds an advisory lock. A proxy whose lease has run out, or whose session has ended, counts as dead. Leases decide only how
 * long the others wait for a silent proxy; they keep no data safe (see {@code docs/fleet.md}). Safe for use by many threads.
 */
public final class FleetMembership implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FleetMembership.class);

    /** Versions of Cutover without a fleet hold this lock for themselves. */
    private static final long SINGLE_PROXY_LOCK = 0x637574_6f766572L; // "cutover"

    /** Of the locks of live proxies; the view {@code proxy_lock} looks for it. */
    private static final int LOCK_CLASS = 0x63747670; // "ctvp"

    private static final int MOST_PROXIES = 1_000;
    private static final Duration SINGLE_PROXY_WAIT = Duration.ofSeconds(10);

    /** How long a proxy counts as alive after it has renewed its lease, unless its session ends before. */
    public static final Duration LEASE = Duration.ofSeconds(5);

    private static final long RENEW_MILLIS = 1_000;
    private static final String FORGET_AFTER = "1 hour";

    private final ControlConfig config;
    private final Described self;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "control-lease");
        thread.setDaemon(true);
        return thread;
    });
    private volatile String id = UUID.randomUUID().toString();
    private volatile int number;
    private volatile String address;
    private volatile String peer;
    private volatile String configuration;
    private Connection connection;
    private boolean locked;
    private final Lease lease = new Lease(LEASE, System::nanoTime);
    private volatile boolean lost;
    private final AtomicReference<@Nullable Runnable> drain = new AtomicReference<>();

    /**
     * What a proxy says of itself.
     *
     * @param address where clients reach it
     * @param configuration a digest: proxies of one fleet should have the same
     * @param sessions how many clients it has now
     */
    public record Described(String address, String version, String configuration, IntSupplier sessions) {}

    private FleetMembership(ControlConfig config, Described self, Connection connection) {
        this.config = config;
        this.self = self;
        this.address = self.address();
        this.peer = address;
        this.configuration = self.configuration();
        this.connection = connection;
    }

    /**
     * Connects, and waits for a single proxy of an older version that was stopped a moment ago. {@link #join} makes it a member.
     *
     * @throws StartupException if the control database cannot be reached, or such a proxy runs
     */
    static FleetMembership connect(ControlConfig config, Described self) throws StartupException {
        try {
            Connection connection = ControlSession.open(config);
            Deadline deadline = Deadline.after(SINGLE_PROXY_WAIT);
            while (!truth(connection, "SELECT pg_try_advisory_lock_shared(" + SINGLE_PROXY_LOCK + ")")) {
                if (deadline.passed()) {
                    ControlSession.closeQuietly(connection);
                    throw new StartupException("control.url: a proxy of a version without fleets works on this control"
                            + " database; stop it, then start this one");
                }
                Thread.sleep(100);
            }
            return new FleetMembership(config, self, connection);
        } catch (SQLException e) {
            throw new StartupException("control.url: cannot connect to " + config.url() + ": " + OneLine.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException("interrupted", e);
        }
    }

    /** Registers this proxy, once the schema is there, and begins to renew its lease. */
    void join() throws SQLException {
        synchronized (this) {
            Rows.execute(
                    connection,
                    List.of("DELETE FROM cutover.proxy WHERE lease_until < now() - interval '" + FORGET_AFTER + "'"));
            register();
        }
        watch.scheduleWithFixedDelay(
                new RepeatedTask("control-lease", this::look), RENEW_MILLIS, RENEW_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void register() throws SQLException {
        // The primary key of number makes the second of two proxies that choose the same one try again.
        String insert = "INSERT INTO cutover.proxy (id, number, address, peer, version, config, lease_until)"
                + " SELECT ?, n, ?, ?, ?, ?, now() + interval '" + LEASE.toMillis() + " ms'"
                + " FROM generate_series(1, " + MOST_PROXIES + ") n"
                + " WHERE NOT EXISTS (SELECT FROM cutover.proxy WHERE number = n)"
                // A proxy that sleeps may have been replaced. Its lock shows that it is there.
                + " AND NOT EXISTS (SELECT FROM cutover.proxy_lock WHERE number = n) ORDER BY n LIMIT 1"
                + " ON CONFLICT DO NOTHING RETURNING number";
        long asked = lease.ask();
        for (int attempt = 0; attempt < MOST_PROXIES; attempt++) {
            List<Integer> numbers = Rows.query(
                    connection, insert, row -> row.getInt(1), id, address, peer, self.version(), configuration);
            if (!numbers.isEmpty()) {
                number = numbers.get(0);
                lock();
                if (locked) {
                    lease.renewed(asked);
                    return;
                }
                // Somebody has taken the lock since the numbers were looked at.
                leave();
            }
        }
        throw new SQLException("the control database has no number left for this proxy: it knows " + MOST_PROXIES);
    }

    private void leave() throws SQLException {
        Rows.execute(connection, List.of("DELETE FROM cutover.proxy WHERE id = '" + id + "'"));
    }

    /** The number of the former id may be another proxy's from now on. */
    private void unlock() throws SQLException {
        if (locked) {
            locked = false;
            Rows.query(
                    connection,
                    "SELECT pg_advisory_unlock(" + LOCK_CLASS + ", " + number + ")",
                    row -> row.getBoolean(1));
        }
    }

    private void lock() throws SQLException {
        locked = truth(connection, "SELECT pg_try_advisory_lock(" + LOCK_CLASS + ", " + number + ")");
    }

    /**
     * Names this process until another one has claimed what it led while its lease had run out. Then it is another proxy, and leads
     * nothing.
     */
    public String id() {
        return id;
    }

    public int number() {
        return number;
    }

    /** Its configuration has been read again. @param digest what other proxies should have, too */
    public void configuration(String digest) {
        configuration = digest;
    }

    /**
     * Where clients and other proxies reach this one, once that is known. Other proxies send cancel requests to the
     * recorded address, so it is recorded at once. If the control database does not answer, the next renewal records it.
     */
    public void address(String clients, String peers) {
        address = clients;
        peer = peers;
        look();
    }

    /** Whether the lease may still run, by this machine's clock: the proxy was not stopped for longer, and was heard. */
    public boolean current() {
        return lease.current();
    }

    /**
     * Whether it may judge that others are dead. After a restart or a failover of the control database all leases have run out and all
     * sessions have ended, though every proxy is alive: for the time of a lease it lets the others renew theirs.
     */
    public boolean judges() {
        return lease.judges();
    }

    /**
     * Makes sure of it before something is written.
     *
     * @throws SQLException if the control database does not answer
     */
    public synchronized void require() throws SQLException {
        if (!connection.isValid(ControlSession.ANSWER_SECONDS)) {
            reconnect();
        }
        if (!current()) {
            renew();
        }
    }

    private void reconnect() throws SQLException {
        ControlSession.closeQuietly(connection);
        connection = ControlSession.open(config);
        locked = false;
        if (!truth(connection, "SELECT pg_try_advisory_lock_shared(" + SINGLE_PROXY_LOCK + ")")) {
            ControlSession.closeQuietly(connection);
            throw new SQLException("a proxy of a version without fleets has taken over the control database");
        }
        lease.distrust();
        renew();
        LOG.info("the lease is renewed again proxy={}", number);
    }

    /** The row is there as long as no other proxy has claimed what this one leads: then a lease that has run out cost nothing. */
    private void renew() throws SQLException {
        long asked = lease.ask();
        List<Boolean> drains = Rows.query(
                connection,
                "UPDATE cutover.proxy SET renewed_at = now(), sessions = ?::int, address = ?, peer = ?, config = ?, lease_until = now() + interval '"
                        + LEASE.toMillis() + " ms' WHERE id = ? RETURNING drain",
                row -> row.getBoolean(1),
                Integer.toString(self.sessions().getAsInt()),
                address,
                peer,
                configuration,
                id);
        if (drains.isEmpty()) {
            String before = id;
            unlock();
            id = UUID.randomUUID().toString();
            register();
            LOG.warn("another proxy has taken over; this one has joined again before={} now={}", before, id);
        } else {
            if (!locked) {
                lock();
            }
            if (drains.get(0)) {
                askedToDrain();
            }
        }
        lease.renewed(asked);
    }

    /** What happens when this proxy is asked to drain: once, on a thread of its own. */
    public void onDrain(Runnable task) {
        drain.set(task);
    }

    private void askedToDrain() {
        Runnable task = drain.getAndSet(null);
        if (task != null) {
            Thread thread = new Thread(task, "drain");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void look() {
        try {
            synchronized (this) {
                if (!connection.isValid(ControlSession.ANSWER_SECONDS)) {
                    reconnect();
                } else {
                    renew();
                }
            }
            lost = false;
        } catch (SQLException e) {
            if (!lost) {
                lost = true;
                LOG.warn("the lease cannot be renewed proxy={} reason={}", number, OneLine.of(e));
            }
        }
    }

    private static boolean truth(Connection connection, String sql) throws SQLException {
        return Rows.query(connection, sql, row -> row.getBoolean(1)).get(0);
    }

    /** Leaves the fleet at once: nobody waits for a lease to run out. */
    @Override
    public void close() {
        watch.shutdownNow();
        synchronized (this) {
            try {
                leave();
            } catch (SQLException e) {
                LOG.debug("the proxy's lease stays until it runs out: {}", OneLine.of(e));
            }
            ControlSession.closeQuietly(connection);
        }
    }
}
