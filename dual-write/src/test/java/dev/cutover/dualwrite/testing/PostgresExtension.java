// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import java.sql.SQLException;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a real PostgreSQL: a parameter of type {@link TestServer} is the server that all tests of this JVM share, a
 * parameter of type {@link TestDatabase} is a fresh, empty database on it. What a test creates on that server, by a parameter
 * or by {@link TestServer#createDatabase}, is dropped after the test; what a class creates, after the class.
 *
 * <p>The server is, in this order: the one that {@code CUTOVER_TEST_PG_URL} names (a JDBC URL with a superuser's
 * {@code user} and {@code password}), a Testcontainers one if a Docker engine answers, the embedded binaries.
 */
public final class PostgresExtension implements ParameterResolver, BeforeAllCallback, BeforeEachCallback {
    private static final ExtensionContext.Namespace SCOPE = ExtensionContext.Namespace.create(PostgresExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == TestServer.class || type == TestDatabase.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        TestServer server =
                shared(context).getOrComputeIfAbsent(TestServer.class, type -> TestServer.start(), TestServer.class);
        return parameter.getParameter().getType() == TestServer.class ? server : server.createDatabase();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        beginScope(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        beginScope(context);
    }

    private static void beginScope(ExtensionContext context) {
        TestServer server = shared(context).get(TestServer.class, TestServer.class);
        int before = server == null ? 0 : server.databases();
        context.getStore(SCOPE).put(Scope.class, new Scope(context, before));
    }

    private static ExtensionContext.Store shared(ExtensionContext context) {
        return context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL);
    }

    /** Closed by JUnit when a test or a class has ended, after all its methods. */
    private record Scope(ExtensionContext context, int before)
            implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        @Override
        public void close() throws SQLException {
            TestServer server = shared(context).get(TestServer.class, TestServer.class);
            if (server != null) {
                server.dropDatabases(before);
            }
        }
    }
}
