// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import java.sql.SQLException;
import java.util.List;

/** What clients of the music shop do. They make their keys themselves. */
final class Music {
    static final List<SampleLoad.Step> STEPS = List.of(
            client -> client.block(() -> buy(client)),
            client -> client.block(() -> reprice(client)),
            client -> client.block(() -> playlist(client)),
            client -> client.block(() -> rename(client)),
            client -> client.block(() -> cancel(client)),
            client -> client.block(() -> reach(client)),
            client -> client.block(() -> tell(client)),
            client -> client.run(
                    "UPDATE \"Genre\" SET \"Name\" = ? WHERE \"GenreId\" = ?",
                    "Genre " + client.any(99),
                    client.any(25)),
            client -> {
                client.run("INSERT INTO \"Playlist\" (\"PlaylistId\", \"Name\") VALUES (?, NULL)", client.newId());
                client.more("\"Playlist\"", 1);
            },
            client -> client.text("SELECT \"Name\"::text FROM \"Genre\" WHERE \"GenreId\" = ?", client.any(25)));

    private Music() {}

    private static void buy(Client client) throws SQLException {
        boolean green = client.onGreen();
        int invoice = client.newId();
        client.run(
                green
                        ? "INSERT INTO invoice VALUES (?, ?, '2024-02-29 12:00Z', 198)"
                        : "INSERT INTO \"Invoice\" VALUES (?, ?, '2024-02-29 12:00', 1.98)",
                invoice,
                client.any(60));
        client.run(
                green
                        ? "INSERT INTO invoice_line VALUES (?, ?, ?, 99, 1), (?, ?, ?, 99, 1)"
                        : "INSERT INTO \"InvoiceLine\" VALUES (?, ?, ?, 0.99, 1), (?, ?, ?, 0.99, 1)",
                client.newId(),
                invoice,
                client.any(3500),
                client.newId(),
                invoice,
                client.any(3500));
        client.more("\"Invoice\"", 1);
        client.more("\"InvoiceLine\"", 2);
    }

    private static void reprice(Client client) throws SQLException {
        if (client.onGreen()) {
            client.run(
                    "UPDATE track SET price_cents = price_cents + 1, duration = duration + '1 ms' WHERE track_id = ?",
                    client.any(3500));
        } else {
            client.run(
                    "UPDATE \"Track\" SET \"UnitPrice\" = \"UnitPrice\" + 0.01, \"Milliseconds\" = \"Milliseconds\" + 1"
                            + " WHERE \"TrackId\" = ?",
                    client.any(3500));
        }
    }

    private static void playlist(Client client) throws SQLException {
        boolean green = client.onGreen();
        String table = green ? "playlist_track" : "\"PlaylistTrack\"";
        client.more(
                "\"PlaylistTrack\"",
                client.run(
                        "INSERT INTO " + table + " VALUES (?, ?) ON CONFLICT DO NOTHING",
                        client.any(18),
                        client.any(3500)));
        client.more(
                "\"PlaylistTrack\"",
                -client.run(
                        "DELETE FROM " + table + " WHERE "
                                + (green
                                        ? "playlist_id = ? AND track_id = ?"
                                        : "\"PlaylistId\" = ? AND \"TrackId\" = ?"),
                        client.any(18),
                        client.any(3500)));
    }

    private static void rename(Client client) throws SQLException {
        if (client.onGreen()) {
            client.run("UPDATE customer SET names[2] = 'São ' || customer_id WHERE customer_id = ?", client.any(60));
        } else {
            client.run(
                    "UPDATE \"Customer\" SET \"LastName\" = 'São ' || \"CustomerId\" WHERE \"CustomerId\" = ?",
                    client.any(60));
        }
    }

    /** Green has tables of their own for addresses and telephone numbers. */
    private static void reach(Client client) throws SQLException {
        boolean green = client.onGreen();
        int customer = client.any(60);
        String email = client.any(99) + "@example.org";
        if (client.any(3) == 1) {
            client.run(
                    green
                            ? "DELETE FROM customer_phone WHERE owner = ?"
                            : "UPDATE \"Customer\" SET \"Phone\" = NULL WHERE \"CustomerId\" = ?",
                    customer);
        } else if (green) {
            client.run("UPDATE customer_contact SET email = ? WHERE customer_id = ?", email, customer);
            client.run(
                    "INSERT INTO customer_phone (owner, number) VALUES (?, ?) ON CONFLICT (owner) DO UPDATE"
                            + " SET number = EXCLUDED.number",
                    customer,
                    "+351 " + client.any(99));
        } else {
            client.run(
                    "UPDATE \"Customer\" SET \"Email\" = ?, \"Phone\" = ? WHERE \"CustomerId\" = ?",
                    email,
                    "+55 " + client.any(99),
                    customer);
        }
    }

    /** Blue has a table of its own for what is told of artists. */
    private static void tell(Client client) throws SQLException {
        boolean green = client.onGreen();
        int artist = client.any(270);
        if (client.any(3) == 1) {
            client.run(
                    green
                            ? "UPDATE artist SET bio = NULL WHERE artist_id = ?"
                            : "DELETE FROM \"ArtistBio\" WHERE \"ArtistId\" = ?",
                    artist);
        } else {
            client.run(
                    green
                            ? "UPDATE artist SET bio = 'Moved to ' || artist_id WHERE artist_id = ?"
                            : "INSERT INTO \"ArtistBio\" VALUES (?, 'Moved') ON CONFLICT (\"ArtistId\") DO UPDATE"
                                    + " SET \"Text\" = \"ArtistBio\".\"Text\" || '.'",
                    artist);
        }
    }

    /** Of an invoice that the client itself has made; green deletes the lines by cascade. */
    private static void cancel(Client client) throws SQLException {
        boolean green = client.onGreen();
        int invoice = client.newId();
        client.run(
                green
                        ? "INSERT INTO invoice VALUES (?, 1, '2024-02-29 12:00Z', 99)"
                        : "INSERT INTO \"Invoice\" VALUES (?, 1, '2024-02-29 12:00', 0.99)",
                invoice);
        if (green) {
            client.run("INSERT INTO invoice_line VALUES (?, ?, 1, 99, 1)", client.newId(), invoice);
            client.run("DELETE FROM invoice WHERE invoice_id = ?", invoice);
        } else {
            client.run("INSERT INTO \"InvoiceLine\" VALUES (?, ?, 1, 0.99, 1)", client.newId(), invoice);
            client.run("DELETE FROM \"InvoiceLine\" WHERE \"InvoiceId\" = ?", invoice);
            client.run("DELETE FROM \"Invoice\" WHERE \"InvoiceId\" = ?", invoice);
        }
    }
}
