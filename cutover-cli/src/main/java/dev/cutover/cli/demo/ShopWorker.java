// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.postgresql.PGConnection;

/**
 * One connection of a tenant's application. Its statements fit both schema versions, but for those that touch a name or an
 * order's state: these first learn from {@code cutover.schema_version}, inside their transaction, which version it runs on.
 */
final class ShopWorker {
    private final Connection connection;
    private final AcknowledgedFacts ledger;
    private final Meter meter;
    private final SplittableRandom random;
    private final int number;
    private final int workers;
    private long customersMade;

    ShopWorker(Connection connection, AcknowledgedFacts ledger, Meter meter, int number, int workers) {
        this.connection = connection;
        this.ledger = ledger;
        this.meter = meter;
        this.number = number;
        this.workers = workers;
        this.random = new SplittableRandom(number);
    }

    /** Gets each statement's duration. */
    interface Meter {
        <T> T time(Call<T> call) throws SQLException;
    }

    interface Call<T> {
        T run() throws SQLException;
    }

    /** One action of the mix. */
    void act() throws SQLException {
        int dice = random.nextInt(100);
        if (dice < 30) {
            readPrice();
        } else if (dice < 40) {
            readOrders();
        } else if (dice < 50) {
            addCredit();
        } else if (dice < 55) {
            giveCredit();
        } else if (dice < 65) {
            restock();
        } else if (dice < 80) {
            placeOrder();
        } else if (dice < 85) {
            deleteOrder();
        } else if (dice < 90) {
            addCustomer();
        } else if (dice < 95) {
            shipOrder();
        } else {
            moveStock();
        }
    }

    private void readPrice() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT quantity, price_cents FROM stock WHERE sku = ?")) {
            statement.setString(1, ownSku());
            fetch(statement);
        }
    }

    private void readOrders() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT o.id, count(*) FROM orders o JOIN order_lines l ON l.order_id = o.id"
                        + " WHERE o.customer_id = ? GROUP BY o.id ORDER BY o.id")) {
            statement.setLong(1, customer());
            fetch(statement);
        }
    }

    private void addCredit() throws SQLException {
        long customer = customer();
        int amount = random.nextInt(1, 100);
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE customers SET credit = credit + ? WHERE id = ?")) {
            statement.setInt(1, amount);
            statement.setLong(2, customer);
            if (update(statement) != 1) {
                throw new SQLException("customer " + customer + " is gone");
            }
        }
        ledger.creditAdded(customer, amount);
    }

    /** By a stored procedure. */
    private void giveCredit() throws SQLException {
        long customer = customer();
        int amount = random.nextInt(1, 100);
        try (PreparedStatement statement = connection.prepareStatement("CALL give_credit(?, ?)")) {
            statement.setLong(1, customer);
            statement.setInt(2, amount);
            update(statement);
        }
        ledger.creditAdded(customer, amount);
    }

    private void restock() throws SQLException {
        String sku = ownSku();
        int amount = random.nextInt(1, 50);
        try (PreparedStatement statement =
                connection.prepareStatement("INSERT INTO stock (sku, quantity, price_cents) VALUES (?, ?, 100)"
                        + " ON CONFLICT (sku) DO UPDATE SET quantity = stock.quantity + EXCLUDED.quantity")) {
            statement.setString(1, sku);
            statement.setInt(2, amount);
            update(statement);
        }
        ledger.stockAdded(sku, amount);
    }

    private void placeOrder() throws SQLException {
        String[] skus = {ownSku(), ownSku(), ownSku()};
        Arrays.sort(skus);
        long order = inTransaction(() -> {
            long id = insertOrder();
            try (PreparedStatement lines = connection.prepareStatement(
                    "INSERT INTO order_lines (order_id, line_no, sku, quantity) VALUES (?, ?, ?, 1)")) {
                for (int i = 0; i < skus.length; i++) {
                    lines.setLong(1, id);
                    lines.setInt(2, i + 1);
                    lines.setString(3, skus[i]);
                    lines.addBatch();
                }
                meter.time(lines::executeBatch);
            }
            try (PreparedStatement stock =
                    connection.prepareStatement("UPDATE stock SET quantity = quantity - 1 WHERE sku = ?")) {
                for (String sku : skus) {
                    stock.setString(1, sku);
                    stock.addBatch();
                }
                meter.time(stock::executeBatch);
            }
            return id;
        });
        ledger.orderPlaced(order, skus.length);
        for (String sku : skus) {
            ledger.stockAdded(sku, -1);
        }
    }

    private long insertOrder() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO orders (customer_id, total_cents) VALUES (?, ?) RETURNING id, placed_at")) {
            statement.setLong(1, customer());
            statement.setInt(2, random.nextInt(100, 100_000));
            return meter.time(() -> {
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            });
        }
    }

    /** The lines go by a cascade, which no rewrite of this statement can mirror. */
    private void deleteOrder() throws SQLException {
        Long order = ledger.takeOrder();
        if (order == null) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM orders WHERE id = ?")) {
            statement.setLong(1, order);
            if (update(statement) != 1) {
                throw new SQLException("order " + order + " is gone");
            }
        }
        ledger.orderDeleted(order);
    }

    private void addCustomer() throws SQLException {
        String given = "Worker" + number;
        String family = "Number" + ++customersMade;
        String email = given + "." + family + "@example.com";
        long id = inTransaction(() -> {
            readPrice();
            String insert = version2()
                    ? "INSERT INTO customers (first_name, last_name, email) VALUES (?, ?, ?) RETURNING id"
                    : "INSERT INTO customers (name, email) VALUES (? || ' ' || ?, ?) RETURNING id";
            try (PreparedStatement statement = connection.prepareStatement(insert)) {
                statement.setString(1, given);
                statement.setString(2, family);
                statement.setString(3, email);
                return meter.time(() -> {
                    try (ResultSet row = statement.executeQuery()) {
                        row.next();
                        return row.getLong(1);
                    }
                });
            }
        });
        ledger.customerNamed(id, given + " " + family);
    }

    private void shipOrder() throws SQLException {
        inTransaction(() -> {
            readPrice();
            String column = version2() ? "state" : "status";
            try (PreparedStatement statement = connection.prepareStatement(
                    "UPDATE orders SET " + column + " = 'shipped' WHERE id = ? RETURNING " + column)) {
                statement.setLong(1, random.nextLong(1, ShopData.ORDERS));
                fetch(statement);
            }
            return true;
        });
    }

    /** Two writes in one statement: left to the net. */
    private void moveStock() throws SQLException {
        String from = ownSku();
        String to = ownSku();
        if (from.equals(to)) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(
                "WITH taken AS (UPDATE stock SET quantity = quantity - 1 WHERE sku = ? RETURNING 1)"
                        + " UPDATE stock SET quantity = quantity + (SELECT count(*) FROM taken) WHERE sku = ?")) {
            statement.setString(1, from);
            statement.setString(2, to);
            update(statement);
        }
        ledger.stockAdded(from, -1);
        ledger.stockAdded(to, 1);
    }

    private boolean version2() throws SQLException {
        return "2".equals(connection.unwrap(PGConnection.class).getParameterStatus("cutover.schema_version"));
    }

    private <T> T inTransaction(Call<T> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            T result = work.run();
            meter.time(() -> {
                connection.commit();
                return true;
            });
            return result;
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private void fetch(PreparedStatement statement) throws SQLException {
        meter.time(() -> {
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    rows.getString(1);
                }
            }
            return true;
        });
    }

    private int update(PreparedStatement statement) throws SQLException {
        return meter.time(statement::executeUpdate);
    }

    private long customer() {
        return random.nextLong(1, ShopData.CUSTOMERS + 1);
    }

    /** Each worker has its own share of the stock, so that the shop does not deadlock with itself. */
    private String ownSku() {
        int share = ShopData.SKUS / workers;
        return "sku-" + (1 + number * share + random.nextInt(share));
    }
}
