// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Makes the shop's roles, databases, tables and rows: 50,000 rows for each of three tenants. */
final class ShopData {
    static final String DATABASE = "app";

    static final int CUSTOMERS = 8_000;
    static final int SKUS = 2_000;
    static final int ORDERS = 12_000;
    static final List<String> TENANTS = List.of("acme", "globex", "initech");

    private static final String ROWS = """
            INSERT INTO customers (name, email, credit)
              SELECT 'Given' || i || ' Family' || i, 'customer' || i || '@example.com', 0
              FROM generate_series(1, %1$d) AS i;
            INSERT INTO stock SELECT 'sku-' || i, 1000000, 100 + i %% 900 FROM generate_series(1, %2$d) AS i;
            INSERT INTO orders (customer_id, status, total_cents)
              SELECT 1 + i %% %1$d, 'paid', 0 FROM generate_series(1, %3$d) AS i;
            INSERT INTO order_lines
              SELECT id, n, 'sku-' || (1 + (id * 7 + n) %% %2$d), 1
              FROM orders, generate_series(1, 3) AS n WHERE n < 3 OR id %% 3 = 0;
            """;

    private ShopData() {}

    static void create(int port, Path migration) throws SQLException, IOException {
        try (Connection postgres = connect(port, "postgres", "postgres")) {
            execute(
                    postgres,
                    "CREATE ROLE shop LOGIN",
                    "CREATE ROLE cutover LOGIN",
                    "CREATE DATABASE app OWNER shop",
                    "CREATE DATABASE app2 OWNER shop",
                    "CREATE DATABASE cutover OWNER cutover");
            for (String tenant : TENANTS) {
                execute(postgres, "CREATE ROLE " + tenant + " LOGIN");
            }
        }
        String tables = Files.readString(migration);
        try (Connection shop = connect(port, DATABASE, "shop")) {
            for (String tenant : TENANTS) {
                String schema = tenant + "_v1";
                execute(
                        shop,
                        "CREATE SCHEMA " + schema,
                        "SET search_path = " + schema,
                        tables,
                        ROWS.formatted(CUSTOMERS, SKUS, ORDERS),
                        "GRANT USAGE ON SCHEMA " + schema + " TO " + tenant,
                        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + tenant,
                        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA " + schema + " TO " + tenant);
            }
            execute(shop, "ANALYZE");
        }
    }

    static Connection connect(int port, String database, String user) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database, user, "");
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
