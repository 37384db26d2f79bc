// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Twelve small tenants, which move in a campaign: the branches of the shop, in a database of their own. */
final class BranchData {
    static final String DATABASE = "branches";
    static final List<String> TENANTS =
            IntStream.rangeClosed(1, 12).mapToObj("branch_%02d"::formatted).toList();
    /** One of its customers has no family name, which a gate does not let pass. */
    static final String FAULTY = "branch_07";

    private static final int CUSTOMERS = 300;
    private static final String ROWS = """
            INSERT INTO customers (name, email)
              SELECT 'Given' || i || ' Family' || i, 'customer' || i || '@example.com' FROM generate_series(1, %d) AS i;
            INSERT INTO stock SELECT 'sku-' || i, 1000, 100 FROM generate_series(1, 100) AS i;
            """.formatted(CUSTOMERS);

    private BranchData() {}

    static void create(int port, Path migration) throws SQLException, IOException {
        try (Connection postgres = ShopData.connect(port, "postgres", "postgres");
                Statement statement = postgres.createStatement()) {
            statement.execute("CREATE DATABASE " + DATABASE + " OWNER shop");
            for (String tenant : TENANTS) {
                statement.execute("CREATE ROLE " + tenant + " LOGIN");
            }
        }
        String tables = Files.readString(migration);
        try (Connection shop = ShopData.connect(port, DATABASE, "shop");
                Statement statement = shop.createStatement()) {
            for (String tenant : TENANTS) {
                String schema = tenant + "_v1";
                statement.execute("CREATE SCHEMA " + schema + "; SET search_path = " + schema + "; " + tables + ROWS
                        + "GRANT USAGE ON SCHEMA " + schema + " TO " + tenant
                        + "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + tenant
                        + "; GRANT USAGE ON ALL SEQUENCES IN SCHEMA " + schema + " TO " + tenant);
            }
            statement.execute("UPDATE " + FAULTY + "_v1.customers SET name = 'Single ' WHERE id = 1; ANALYZE");
        }
    }

    /** Their part of the configuration: what they have in common. @param shop where migrations and mapping lie */
    static String template(Path shop) {
        return """
                tenant-templates:
                  - name: branch
                    match: "branch_*"
                    users: ["{tenant}"]
                    blue:  {cluster: main, database: %1$s, schema: "{tenant}_v1"}
                    green: {cluster: main, database: %1$s, schema: "{tenant}_v2"}
                    maintenance: {user: shop}
                    migrations: {tool: flyway, locations: ["%2$s/db"]}
                    mapping: "%2$s/mapping/shop-v2.yaml"
                    drain-timeout: 2s
                    backfill: {max-slowdown: 4}
                """.formatted(DATABASE, shop);
    }

    /** And their entries under {@code tenants}. */
    static String entries() {
        return TENANTS.stream().map(tenant -> "  " + tenant + ":\n").collect(Collectors.joining());
    }
}
