// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.AuthConfig.User;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Secret;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that prove who they are to the proxy. */
@ExtendWith(PostgresExtension.class)
final class LoginIT {
    private TestDatabase database;
    private ProxyFixture proxy;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        String user = fresh.server().user();
        AuthConfig auth =
                new AuthConfig(AuthConfig.Method.SCRAM_SHA_256, Map.of(user, new User(new Secret("let me in"), null)));
        proxy = ProxyFixture.start(
                new Endpoint(fresh.server().host(), fresh.server().port()), fresh.name(), 2, auth);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void theRightPasswordIsLetIn() throws SQLException {
        try (Connection client = connect(database.server().user(), "let me in");
                ResultSet rows = client.createStatement().executeQuery("SELECT current_user")) {
            rows.next();
            assertEquals(database.server().user(), rows.getString(1));
        }
    }

    @Test
    void aWrongPasswordIsRefused() {
        SQLException refusal =
                assertThrows(SQLException.class, () -> connect(database.server().user(), "guess"));
        assertEquals("28P01", refusal.getSQLState());
    }

    @Test
    void anUnknownUserLooksLikeAWrongPassword() {
        SQLException refusal = assertThrows(SQLException.class, () -> connect("nobody", "guess"));
        assertEquals("28P01", refusal.getSQLState());
    }

    private Connection connect(String user, String password) throws SQLException {
        return DriverManager.getConnection(proxy.jdbcUrl() + "?sslmode=disable", user, password);
    }
}
