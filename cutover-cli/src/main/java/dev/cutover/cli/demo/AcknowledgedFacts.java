// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the database has acknowledged to one tenant's application. Compared with the tables at the end, it shows writes
 * that were lost as well as writes that were done twice.
 */
final class AcknowledgedFacts {
    private final Map<Long, AtomicLong> credit = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> stock = new ConcurrentHashMap<>();
    private final Map<Long, Integer> ordersToLines = new ConcurrentHashMap<>();
    private final Queue<Long> deletable = new ConcurrentLinkedQueue<>();
    private final Set<Long> deletedOrders = ConcurrentHashMap.newKeySet();
    private final Map<Long, String> names = new ConcurrentHashMap<>();

    void creditAdded(long customer, long amount) {
        credit.computeIfAbsent(customer, id -> new AtomicLong()).addAndGet(amount);
    }

    void stockAdded(String sku, long amount) {
        stock.computeIfAbsent(sku, id -> new AtomicLong()).addAndGet(amount);
    }

    void orderPlaced(long order, int lines) {
        ordersToLines.put(order, lines);
        deletable.add(order);
    }

    void orderDeleted(long order) {
        ordersToLines.remove(order);
        deletedOrders.add(order);
    }

    void customerNamed(long customer, String name) {
        names.put(customer, name);
    }

    /** Gives one worker an order to delete, one that nobody else will be given; null if there is none. */
    @Nullable Long takeOrder() {
        return deletable.poll();
    }

    int size() {
        return credit.size() + stock.size() + ordersToLines.size() + deletedOrders.size() + names.size();
    }

    /**
     * Compares with the tables of a schema.
     *
     * @param nameExpression how the schema spells a customer's whole name
     * @return how many acknowledged facts the tables do not show
     */
    long lostWrites(Connection connection, String schema, String nameExpression) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET search_path = " + schema);
            return wrongCredit(statement)
                    + wrongStock(statement)
                    + wrongOrders(statement)
                    + wrongNames(statement, nameExpression);
        }
    }

    private long wrongCredit(Statement statement) throws SQLException {
        long wrong = 0;
        try (ResultSet rows = statement.executeQuery("SELECT id, credit FROM customers")) {
            Set<Long> missing = new HashSet<>(credit.keySet());
            while (rows.next()) {
                missing.remove(rows.getLong(1));
                AtomicLong expected = credit.get(rows.getLong(1));
                wrong += rows.getLong(2) == (expected == null ? 0 : expected.get()) ? 0 : 1;
            }
            return wrong + missing.size();
        }
    }

    private long wrongStock(Statement statement) throws SQLException {
        long wrong = 0;
        try (ResultSet rows = statement.executeQuery("SELECT sku, quantity FROM stock")) {
            Set<String> missing = new HashSet<>(stock.keySet());
            while (rows.next()) {
                missing.remove(rows.getString(1));
                AtomicLong expected = stock.get(rows.getString(1));
                wrong += rows.getLong(2) == 1_000_000 + (expected == null ? 0 : expected.get()) ? 0 : 1;
            }
            return wrong + missing.size();
        }
    }

    private long wrongOrders(Statement statement) throws SQLException {
        long wrong = 0;
        String query = "SELECT o.id, count(l.order_id) FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id"
                + " WHERE o.id > " + ShopData.ORDERS + " GROUP BY o.id";
        try (ResultSet rows = statement.executeQuery(query)) {
            Set<Long> missing = new HashSet<>(ordersToLines.keySet());
            while (rows.next()) {
                missing.remove(rows.getLong(1));
                Integer lines = ordersToLines.get(rows.getLong(1));
                wrong += lines != null && lines == rows.getInt(2) ? 0 : 1;
            }
            return wrong + missing.size();
        }
    }

    private long wrongNames(Statement statement, String nameExpression) throws SQLException {
        Set<Long> missing = new HashSet<>(names.keySet());
        try (ResultSet rows = statement.executeQuery(
                "SELECT id, " + nameExpression + " FROM customers WHERE id > " + ShopData.CUSTOMERS)) {
            while (rows.next()) {
                if (rows.getString(2).equals(names.get(rows.getLong(1)))) {
                    missing.remove(rows.getLong(1));
                }
            }
        }
        return missing.size();
    }
}
