// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.Login;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.listen.ProxyServer;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.session.shared.AdminDatabase;
import dev.cutover.proxy.testing.FakePlanner;
import dev.cutover.proxy.testing.ProxyFixture;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.ds.PGSimpleDataSource;

/** Roles whose verifiers the proxy looks up in a database. */
@ExtendWith(PostgresExtension.class)
final class AuthQueryIT {
    private TestDatabase database;
    private ProxyServer proxy;

    @BeforeEach
    void prepare(TestDatabase fresh) throws SQLException {
        database = fresh;
        fresh.execute("CREATE SCHEMA blue; DROP ROLE IF EXISTS looked_up;"
                + " CREATE ROLE looked_up LOGIN PASSWORD 'first'; DROP ROLE IF EXISTS passwordless;"
                + " CREATE ROLE passwordless LOGIN");
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void theRightPasswordIsLetIn() throws SQLException {
        start(database.name());
        connect("looked_up", "first").close();
    }

    @Test
    void aWrongPasswordAnUnknownRoleAndOneWithoutPasswordAreRefusedAlike() {
        start(database.name());
        for (String role : List.of("looked_up", "unknown_1", "passwordless")) {
            SQLException refusal = assertThrows(SQLException.class, () -> connect(role, "guess"));
            assertEquals("28P01", refusal.getSQLState());
        }
    }

    @Test
    void aChangedPasswordHoldsAfterItWasOnceRefused() throws SQLException {
        start(database.name());
        connect("looked_up", "first").close();
        database.execute("ALTER ROLE looked_up PASSWORD 'second'");
        assertThrows(SQLException.class, () -> connect("looked_up", "second"));
        connect("looked_up", "second").close();
        assertThrows(SQLException.class, () -> connect("looked_up", "first"));
    }

    @Test
    void aDatabaseThatDoesNotAnswerSaysNothingOfTheRole() {
        start("there_is_no_such_database");
        SQLException known = assertThrows(SQLException.class, () -> connect("looked_up", "first"));
        SQLException unknown = assertThrows(SQLException.class, () -> connect("unknown_1", "first"));
        assertEquals("08001", known.getSQLState());
        assertEquals(known.getMessage(), unknown.getMessage());
    }

    private void start(String authDatabase) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {database.server().host()});
        source.setPortNumbers(new int[] {database.server().port()});
        source.setDatabaseName(authDatabase);
        source.setUser(database.server().user());
        source.setPassword(database.server().password());
        AuthConfig.Query query = new AuthConfig.Query(
                "main",
                authDatabase,
                new Login(database.server().user(), null),
                "SELECT rolname, rolpassword FROM pg_authid WHERE rolname = $1 AND '?' <> $1",
                Duration.ofHours(1));
        Endpoint postgres =
                new Endpoint(database.server().host(), database.server().port());
        TenantRouting routing = new TenantRouting(
                "acme",
                "acme",
                new Gate(ProxyServer.eventLoops()),
                ProxyFixture.route(1, Side.BLUE, database.name(), new FakePlanner()));
        proxy = ProxyServer.start(
                new ProxyServer.Address(new Endpoint("127.0.0.1", 0), null, false),
                new AuthConfig(AuthConfig.Method.SCRAM_SHA_256, Map.of(), query),
                Limits.DEFAULT,
                Map.of("main", new ClusterConfig("main", postgres, 2)),
                RouteTable.of(List.of(routing)),
                new SimpleMeterRegistry(),
                new ProxyServer.ControlSide(asked -> source, AdminDatabase.CLOSED));
    }

    private Connection connect(String user, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/acme?sslmode=disable", user, password);
    }
}
