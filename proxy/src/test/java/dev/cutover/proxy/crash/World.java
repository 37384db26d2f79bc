// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.crash.Script.Kill;
import dev.cutover.proxy.crash.Script.Victim;
import dev.cutover.proxy.lifecycle.ProxyProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The processes of a run, each of which can be killed: servers of this run's own, and a proxy before them. */
final class World implements AutoCloseable {
    private final Path directory;
    private final Map<Victim, TestServer> servers = new EnumMap<>(Victim.class);
    private final Map<Side, TestDatabase> databases = new EnumMap<>(Side.class);
    private final TestDatabase control;
    private volatile ProxyProcess proxy;

    private World(Path directory, boolean inline, boolean controlApart) throws Exception {
        this.directory = directory;
        servers.put(Victim.BLUE_SERVER, TestServer.installed());
        servers.put(Victim.GREEN_SERVER, inline ? servers.get(Victim.BLUE_SERVER) : TestServer.installed());
        servers.put(Victim.CONTROL_SERVER, controlApart ? TestServer.installed() : servers.get(Victim.BLUE_SERVER));
        databases.put(Side.BLUE, servers.get(Victim.BLUE_SERVER).createDatabase());
        databases.put(
                Side.GREEN,
                inline
                        ? databases.get(Side.BLUE)
                        : servers.get(Victim.GREEN_SERVER).createDatabase());
        control = servers.get(Victim.CONTROL_SERVER).createDatabase();
        Files.writeString(directory.resolve("mapping.yaml"), Tables.MAPPING);
        Path migrations = Files.createDirectories(directory.resolve("db"));
        Files.writeString(migrations.resolve("V1__green.sql"), Tables.ddl(Side.GREEN));
        databases
                .get(Side.BLUE)
                .execute("CREATE SCHEMA v1; SET search_path = v1; " + Tables.ddl(Side.BLUE) + Tables.FIRST_ROWS);
        startProxy(true);
    }

    /** Both sides in one database, the control database on another server. */
    static World inline(Path directory) throws Exception {
        return new World(directory, true, true);
    }

    /** Each side on a server of its own. @param controlApart whether the control database has one, too, or lies beside blue */
    static World deferred(Path directory, boolean controlApart) throws Exception {
        return new World(directory, false, controlApart);
    }

    ProxyProcess proxy() {
        return proxy;
    }

    TestDatabase database(Side side) {
        return databases.get(side);
    }

    /** Each database with tables once. */
    List<TestDatabase> databases() {
        return new ArrayList<>(new LinkedHashSet<>(databases.values()));
    }

    /** Whether both sides lie in one database. */
    boolean inline() {
        return databases.get(Side.BLUE) == databases.get(Side.GREEN);
    }

    /** SIGKILL, and the same again from what is on disk. */
    void kill(Kill kill) throws Exception {
        if (kill.victim() == Victim.PROXY) {
            proxy.kill();
            proxy = ProxyProcess.start(config());
            return;
        }
        TestServer server = servers.get(kill.victim());
        server.kill();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(kill.downMillis()));
        server.startAgain();
    }

    /** A proxy for a life in which migrations make the idle side, or for one in which its tables are there. */
    void startProxy(boolean migrations) throws Exception {
        if (proxy != null) {
            proxy.kill();
        }
        Files.writeString(config(), yaml(migrations));
        proxy = ProxyProcess.start(config());
    }

    private Path config() {
        return directory.resolve("cutover.yaml");
    }

    private String yaml(boolean migrations) {
        return """
                listen: {host: 127.0.0.1, port: 0}
                admin: {host: 127.0.0.1, port: 0, token: %s}
                control: {url: "%s", user: postgres}
                auth: {method: trust}
                clusters:
                  main: {host: 127.0.0.1, port: %d}
                  other: {host: 127.0.0.1, port: %d}
                tenants:
                  acme:
                    blue: {cluster: main, database: %s, schema: v1}
                    green: {cluster: %s, database: %s, schema: v2}
                    mirror: %s
                    mapping: mapping.yaml
                    maintenance: {user: postgres}
                    drain-timeout: 5s
                """.formatted(
                                ProxyProcess.TOKEN,
                                control.url(),
                                database(Side.BLUE).server().port(),
                                database(Side.GREEN).server().port(),
                                database(Side.BLUE).name(),
                                inline() ? "main" : "other",
                                database(Side.GREEN).name(),
                                inline() ? "inline" : "deferred")
                + (migrations ? "    migrations: {tool: flyway, locations: [db]}\n" : "");
    }

    @Override
    public void close() throws Exception {
        proxy.kill();
        for (TestServer server : new LinkedHashSet<>(servers.values())) {
            server.close();
        }
    }
}
