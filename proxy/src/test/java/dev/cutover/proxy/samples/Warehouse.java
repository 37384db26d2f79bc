// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import java.sql.SQLException;
import java.util.List;

/** What clients of the warehouses do: their statements are the same in both versions. Rows are locked in one order. */
final class Warehouse {
    static final List<SampleLoad.Step> STEPS = List.of(
            client -> client.block(() -> newOrder(client)),
            client -> client.block(() -> newOrder(client)),
            client -> client.block(() -> payment(client)),
            client -> client.block(() -> payment(client)),
            client -> client.block(() -> cancelOrder(client)),
            client -> client.run(
                    "UPDATE order_line SET ol_amount = ol_amount + 0.01 WHERE ol_w_id = ? AND ol_d_id = ? AND ol_o_id = ?"
                            + " AND ol_number = 1",
                    client.any(3),
                    client.any(4),
                    client.any(100)),
            client -> client.text(
                    "SELECT count(*) FROM order_line JOIN stock ON s_i_id = ol_i_id AND s_w_id = ol_w_id WHERE ol_w_id = ?"
                            + " AND s_quantity < 60",
                    client.any(3)));

    private Warehouse() {}

    private static void newOrder(Client client) throws SQLException {
        int warehouse = client.any(3);
        int district = client.any(4);
        int order = (int) client.number(
                "UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = ? AND d_id = ? RETURNING (d_next_o_id - 1)::int",
                warehouse,
                district);
        client.run(
                "INSERT INTO orders (o_w_id, o_d_id, o_id, o_c_id, o_lines) VALUES (?, ?, ?, ?, 3)",
                warehouse,
                district,
                order,
                client.any(50));
        int item = client.any(190);
        client.run(
                "INSERT INTO order_line SELECT ?, ?, ?, n, ? + n, n * 1.5, 'dist' FROM generate_series(1, 3) AS n",
                warehouse,
                district,
                order,
                item);
        for (int i = 1; i <= 3; i++) {
            client.run(
                    "UPDATE stock SET s_quantity = CASE WHEN s_quantity > 10 THEN s_quantity - 1 ELSE s_quantity + 91 END"
                            + " WHERE s_w_id = ? AND s_i_id = ?",
                    warehouse,
                    item + i);
        }
        client.more("orders", 1);
        client.more("order_line", 3);
    }

    private static void payment(Client client) throws SQLException {
        int warehouse = client.any(3);
        int district = client.any(4);
        int customer = client.any(50);
        client.run("UPDATE warehouse SET w_ytd = w_ytd + 1.11 WHERE w_id = ?", warehouse);
        client.run("UPDATE district SET d_ytd = d_ytd + 1.11 WHERE d_w_id = ? AND d_id = ?", warehouse, district);
        client.run(
                "UPDATE customer SET c_balance = c_balance - 1.11, c_data = left(c_data || 'paid', 5000)"
                        + " WHERE c_w_id = ? AND c_d_id = ? AND c_id = ?",
                warehouse,
                district,
                customer);
        client.run(
                "INSERT INTO history (h_c_id, h_c_d_id, h_c_w_id, h_amount) VALUES (?, ?, ?, 1.11)",
                customer,
                district,
                warehouse);
        client.more("history", 1);
    }

    /** The lines go by cascade. */
    private static void cancelOrder(Client client) throws SQLException {
        int warehouse = client.any(3);
        int district = client.any(4);
        int order = client.any(100);
        long lines = client.number(
                "SELECT count(*) FROM order_line WHERE ol_w_id = ? AND ol_d_id = ? AND ol_o_id = ?",
                warehouse,
                district,
                order);
        int gone = client.run(
                "DELETE FROM orders WHERE o_w_id = ? AND o_d_id = ? AND o_id = ?", warehouse, district, order);
        client.more("orders", -gone);
        client.more("order_line", gone == 0 ? 0 : -lines);
    }
}
