// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import java.sql.SQLException;
import java.util.List;

/** What clients of the film rental do. Where the two versions differ they ask which one they see. */
final class Rental {
    static final List<SampleLoad.Step> STEPS = List.of(
            client -> client.run(
                    "UPDATE film SET rental_rate = ? WHERE film_id = ?",
                    new java.math.BigDecimal(client.any(999)).movePointLeft(2),
                    client.any(1000)),
            client -> client.run(
                    "UPDATE film SET title = ?, special_features = array_append(special_features, 'x') WHERE film_id = ?"
                            + " AND cardinality(special_features) < 10",
                    "Film \\ '" + client.any(1000) + "'",
                    client.any(1000)),
            client -> {
                client.text(
                        "INSERT INTO actor (first_name, last_name) VALUES (?, ?) RETURNING actor_id::text",
                        "Eve",
                        "New");
                client.more("actor", 1);
            },
            client -> client.more(
                    "film_actor",
                    client.run(
                            "INSERT INTO film_actor (actor_id, film_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                            client.any(200),
                            client.any(1000))),
            client -> client.more(
                    "film_actor",
                    -client.run(
                            "DELETE FROM film_actor WHERE actor_id = ? AND film_id = ?",
                            client.any(200),
                            client.any(1000))),
            client -> client.block(() -> rent(client)),
            client -> client.block(() -> renameCustomer(client)),
            client -> client.run(
                    "UPDATE customer SET email = ? WHERE customer_id = ?",
                    client.any(99) + "@example.net",
                    client.any(600)),
            client -> {
                client.run(
                        "INSERT INTO inventory (inventory_id, film_id, store_id) VALUES (?, ?, 1) ON CONFLICT (inventory_id)"
                                + " DO UPDATE SET film_id = EXCLUDED.film_id",
                        client.any(2000),
                        client.any(1000));
            },
            client -> client.block(() -> {
                client.run("UPDATE actor SET last_name = ? WHERE actor_id = ?", "Renamed", client.any(200));
                client.failing(
                        "23505", "INSERT INTO store (store_id, manager_staff_id, address) VALUES (99, 1, 'nowhere')");
                client.run("INSERT INTO actor (first_name, last_name) VALUES ('Behind', 'A savepoint')");
                client.more("actor", 1);
            }),
            client -> client.run("UPDATE staff SET picture = picture || decode('00ff', 'hex') WHERE staff_id = 1"),
            client -> client.text("SELECT count(*) FROM customer_list WHERE name LIKE 'Mary1%'"),
            client -> client.text("SELECT title FROM film WHERE fulltext @@ to_tsquery('dog & cat') LIMIT 1"));

    private Rental() {}

    private static void rent(Client client) throws SQLException {
        boolean green = client.onGreen();
        int customer = client.any(600);
        long rental = client.number(
                green
                        ? "INSERT INTO rental (rented_at, inventory_id, client_id, staff_id)"
                                + " VALUES (clock_timestamp(), ?, ?, 1) RETURNING rental_id"
                        : "INSERT INTO rental (rental_date, inventory_id, customer_id, staff_id)"
                                + " VALUES (clock_timestamp() AT TIME ZONE 'UTC', ?, ?, 1) RETURNING rental_id",
                client.any(2000),
                customer);
        client.run(
                "INSERT INTO payment (" + (green ? "client_id" : "customer_id")
                        + ", rental_id, amount, payment_date) VALUES (?, ?, 1.25, timestamp '2022-01-15' + ? * interval '1 day')",
                customer,
                (int) rental,
                client.any(60));
        client.more("rental", 1);
        client.more("payment", 1);
    }

    private static void renameCustomer(Client client) throws SQLException {
        if (client.onGreen()) {
            client.run("UPDATE client SET full_name = 'Zoë Ng-' || client_id WHERE client_id = ?", client.any(600));
        } else {
            client.run(
                    "UPDATE customer SET first_name = 'Zoë', last_name = 'Ng-' || customer_id WHERE customer_id = ?",
                    client.any(600));
        }
    }
}
