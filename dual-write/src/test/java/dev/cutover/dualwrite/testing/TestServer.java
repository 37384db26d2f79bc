// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.postgresql.Driver;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** A PostgreSQL server for tests, with a superuser's login. Closed when the test run ends. */
public final class TestServer implements AutoCloseable, ExtensionContext.Store.CloseableResource {
    private static final AtomicInteger DATABASES = new AtomicInteger();
    /** SQLSTATE object_in_use. */
    private static final String IN_USE = "55006";

    private final String host;
    private final int port;
    private final String user;
    private final String password;
    private final AutoCloseable stop;
    private final Deque<String> databases = new ArrayDeque<>();

    private TestServer(String host, int port, String user, String password, AutoCloseable stop) {
        this.host = host;
        this.port = port;
        this.user = user;
        this.password = password;
        this.stop = stop;
    }

    static TestServer start() {
        String url = System.getenv("CUTOVER_TEST_PG_URL");
        if (url != null) {
            return fromUrl(url);
        }
        return dockerAnswers() ? container() : embedded();
    }

    private static TestServer fromUrl(String url) {
        Properties parsed = Driver.parseURL(url, new Properties());
        if (parsed == null) {
            throw new IllegalArgumentException("CUTOVER_TEST_PG_URL is not a PostgreSQL JDBC URL");
        }
        return new TestServer(
                parsed.getProperty("PGHOST"),
                Integer.parseInt(parsed.getProperty("PGPORT")),
                parsed.getProperty("user", "postgres"),
                parsed.getProperty("password", ""),
                () -> {});
    }

    private static boolean dockerAnswers() {
        boolean configured = System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock"));
        return configured && DockerClientFactory.instance().isDockerAvailable();
    }

    private static TestServer container() {
        PostgreSQLContainer container = new PostgreSQLContainer("postgres:17");
        container.setCommand(
                "postgres", "-c", "fsync=off", "-c", "max_connections=300", "-c", "max_prepared_transactions=20");
        container.start();
        return new TestServer(
                container.getHost(),
                container.getMappedPort(5432),
                container.getUsername(),
                container.getPassword(),
                container::close);
    }

    /**
     * A server of the same version as the machine's own {@code pg_dump}, which refuses newer ones. The caller closes it.
     */
    public static TestServer installed() throws Exception {
        InstalledPostgres postgres = InstalledPostgres.start();
        return new TestServer("127.0.0.1", postgres.port(), "postgres", "", postgres);
    }

    /** A server that somebody else starts and ends, on loopback. */
    static TestServer at(int port) {
        return new TestServer("127.0.0.1", port, "postgres", "", () -> {});
    }

    /** Another server that follows this one, which is {@link #installed}. The caller closes it. */
    public TestServer standby() throws Exception {
        InstalledPostgres postgres = ((InstalledPostgres) stop).standby();
        return new TestServer("127.0.0.1", postgres.port(), "postgres", "", postgres);
    }

    /** Makes a standby the primary; returns when it takes writes. */
    public void promote() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url("postgres"), user, password);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_promote()");
        }
    }

    /** SIGKILL to a server that is {@link #installed}. */
    public void kill() throws InterruptedException {
        ((InstalledPostgres) stop).kill();
    }

    /** No file of a server that is {@link #installed} grows beyond so many bytes, as if its disk were full. */
    public void limitFiles(long bytes) throws IOException, InterruptedException {
        ((InstalledPostgres) stop).limitFiles(Long.toString(bytes));
    }

    /** After {@link #limitFiles}: there is room again. */
    public void unlimitFiles() throws IOException, InterruptedException {
        ((InstalledPostgres) stop).limitFiles("unlimited");
    }

    /** A shutdown in order of a server that is {@link #installed}. */
    public void stop() throws IOException, InterruptedException {
        ((InstalledPostgres) stop).stop();
    }

    /** After {@link #kill} or {@link #stop}. */
    public void startAgain() throws Exception {
        ((InstalledPostgres) stop).startAgain();
    }

    private static TestServer embedded() {
        try {
            EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                    .setDataDirectory(DataDirectory.create())
                    .setServerConfig("fsync", "off")
                    .setServerConfig("max_connections", "300")
                    .setServerConfig("max_prepared_transactions", "20")
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .start();
            return new TestServer("127.0.0.1", postgres.getPort(), "postgres", "", postgres);
        } catch (IOException e) {
            throw new UncheckedIOException("embedded PostgreSQL did not start", e);
        }
    }

    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    public String user() {
        return user;
    }

    public String password() {
        return password;
    }

    /** A new database that no other test uses. */
    public synchronized TestDatabase createDatabase() {
        String name = "test_" + ProcessHandle.current().pid() + "_" + DATABASES.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(url("postgres"), user, password);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("cannot create database " + name, e);
        }
        databases.add(name);
        return new TestDatabase(this, name);
    }

    /** How many databases there are that {@link #createDatabase} has made, less those that are dropped. */
    synchronized int databases() {
        return databases.size();
    }

    /**
     * Drops the databases that were made last, whoever is still connected to them, until so many are left. One stays until the
     * server ends if a test has left something in it that forbids this: a prepared transaction, a replication slot.
     */
    synchronized void dropDatabases(int left) throws SQLException {
        if (databases.size() <= left) {
            return;
        }
        try (Connection connection = DriverManager.getConnection(url("postgres"), user, password);
                Statement statement = connection.createStatement()) {
            while (databases.size() > left) {
                drop(databases.removeLast(), statement);
            }
        }
    }

    private static void drop(String database, Statement statement) throws SQLException {
        try {
            statement.execute("DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
        } catch (SQLException e) {
            if (!IN_USE.equals(e.getSQLState())) {
                throw e;
            }
        }
    }

    String url(String database) {
        return "jdbc:postgresql://" + host + ":" + port + "/" + database;
    }

    @Override
    public void close() throws Exception {
        stop.close();
    }
}
