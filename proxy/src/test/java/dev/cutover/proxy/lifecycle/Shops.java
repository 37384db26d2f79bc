// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tenants {@code shop_0}, {@code shop_1} and so on of one template, with their sides in one database. */
final class Shops {
    private final int count;

    Shops(int count) {
        this.count = count;
    }

    static String name(int number) {
        return "shop_" + number;
    }

    List<String> names() {
        return IntStream.range(0, count).mapToObj(Shops::name).toList();
    }

    /**
     * Makes their schemas, with a table of facts in each.
     *
     * @param checks what the new side of a tenant has behind the columns of its table, by name
     */
    void create(TestDatabase app, Map<String, String> checks) throws SQLException {
        app.execute("CREATE SCHEMA v1; CREATE SCHEMA v2");
        for (String name : names()) {
            app.execute("CREATE SCHEMA %1$s_v1; CREATE SCHEMA %1$s_v2;".formatted(name)
                    + "CREATE TABLE %s_v1.facts (id int PRIMARY KEY);".formatted(name)
                    + "CREATE TABLE %s_v2.facts (id int PRIMARY KEY%s)".formatted(name, checks.getOrDefault(name, "")));
        }
    }

    /** The configuration of a proxy that serves them, and acme. */
    String yaml(TestDatabase app, TestDatabase control, String drainTimeout) {
        String template = """
                tenant-templates:
                  - name: shop
                    match: "shop_*"
                    blue: {cluster: main, database: %1$s, schema: "{tenant}_v1"}
                    green: {cluster: main, database: %1$s, schema: "{tenant}_v2"}
                    maintenance: {user: %2$s%3$s}
                    shares-roles-with: ["*"]
                    drain-timeout: %4$s
                """.formatted(
                        app.name(),
                        app.server().user(),
                        app.server().password().isEmpty()
                                ? ""
                                : ", password: \"" + app.server().password() + "\"",
                        drainTimeout);
        String tenants =
                names().stream().map(name -> "  " + name + ": {}\n").collect(Collectors.joining("", "tenants:\n", ""));
        return (ProxyProcess.yaml(app, app, control) + template).replace("tenants:\n", tenants);
    }
}
