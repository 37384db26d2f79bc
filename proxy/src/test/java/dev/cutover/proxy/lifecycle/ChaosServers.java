// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.ArrayList;
import java.util.List;

/** The servers below a fleet: one for the control database, and one or two for the tenant. */
final class ChaosServers implements AutoCloseable {
    private static final String BLUE_TABLES = """
            CREATE SCHEMA v1;
            CREATE TABLE v1.accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            CREATE TABLE v1.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v1.accounts);
            INSERT INTO v1.accounts SELECT i FROM generate_series(1, 5000) AS i;
            """;
    private static final String GREEN_TABLES = """
            CREATE SCHEMA v2;
            CREATE TABLE v2.accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            CREATE TABLE v2.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v2.accounts);
            """;

    /** How a write of the serving side reaches the other one. */
    enum Capture {
        /** In the client's statement. */
        INLINE,
        /** By marks, within one database. */
        DEFERRED,
        /** By marks, from one server to another. */
        BETWEEN_SERVERS
    }

    private final List<TestServer> servers = new ArrayList<>();
    private final Capture capture;
    private final TestDatabase blue;
    private final TestDatabase green;
    private final TestDatabase control;

    ChaosServers(Capture capture) throws Exception {
        this.capture = capture;
        blue = database();
        control = database();
        green = apart() ? database() : blue;
        blue.execute(BLUE_TABLES);
        green.execute(GREEN_TABLES);
    }

    private TestDatabase database() throws Exception {
        TestServer server = TestServer.installed();
        servers.add(server);
        return server.createDatabase();
    }

    /** Whether the sides are on two servers. */
    boolean apart() {
        return capture == Capture.BETWEEN_SERVERS;
    }

    TestDatabase blue() {
        return blue;
    }

    TestDatabase green() {
        return green;
    }

    TestDatabase control() {
        return control;
    }

    /** The servers that hold the tenant's sides. */
    List<TestServer> ofTenants() {
        return apart() ? List.of(blue.server(), green.server()) : List.of(blue.server());
    }

    /** The configuration of a proxy that reaches them by these ports. */
    String yaml(int bluePort, int greenPort, int controlPort) {
        String yaml = ProxyProcess.yaml(blue, green, control)
                .replace("port: " + blue.server().port(), "port: " + bluePort)
                .replace(":" + control.server().port() + "/", ":" + controlPort + "/");
        if (apart()) {
            yaml = yaml.replace("port: " + green.server().port(), "port: " + greenPort);
        }
        return capture == Capture.DEFERRED ? yaml.replace("mirror: inline", "mirror: deferred") : yaml;
    }

    @Override
    public void close() throws Exception {
        for (TestServer server : servers) {
            server.close();
        }
    }
}
