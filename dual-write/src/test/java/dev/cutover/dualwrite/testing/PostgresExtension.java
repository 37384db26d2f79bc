// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a real PostgreSQL: a parameter of type {@link TestServer} is the server that all tests of this JVM share, a
 * parameter of type {@link TestDatabase} is a fresh, empty database on it, dropped with the server.
 *
 * <p>The server is, in this order: the one that {@code CUTOVER_TEST_PG_URL} names (a JDBC URL with a superuser's
 * {@code user} and {@code password}), a Testcontainers one if a Docker engine answers, the embedded binaries.
 */
public final class PostgresExtension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == TestServer.class || type == TestDatabase.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        TestServer server = context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .getOrComputeIfAbsent(TestServer.class, type -> TestServer.start(), TestServer.class);
        return parameter.getParameter().getType() == TestServer.class ? server : server.createDatabase();
    }
}
