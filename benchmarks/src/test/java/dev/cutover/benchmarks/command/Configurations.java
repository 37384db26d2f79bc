// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;

/** The configuration that these tests start proxies with, and break. */
final class Configurations {
    static final String TOKEN = "test-token";

    private Configurations() {}

    static String good(TestDatabase app, TestDatabase control) {
        TestServer server = app.server();
        return """
                listen: {host: 127.0.0.1, port: 0}
                admin: {host: 127.0.0.1, port: 0, token: {env: ADMIN_TOKEN}}
                control: {url: "%1$s", user: "%2$s", password: "%3$s"}
                auth: {method: trust, users: {"%2$s": {password: "%3$s"}}}
                clusters:
                  main: {host: "%4$s", port: %5$d}
                tenants:
                  acme:
                    shares-roles-with: [globex]
                    blue: {cluster: main, database: %6$s, schema: v1}
                    green: {cluster: main, database: %6$s, schema: v2}
                    maintenance: {user: "%2$s", password: "%3$s"}
                    drain-timeout: 500ms
                    tags: {plan: free}
                  globex:
                    blue: {cluster: main, database: %6$s}
                """.formatted(
                        control.url(),
                        server.user(),
                        server.password().isEmpty() ? "none" : server.password(),
                        server.host(),
                        server.port(),
                        app.name());
    }
}
