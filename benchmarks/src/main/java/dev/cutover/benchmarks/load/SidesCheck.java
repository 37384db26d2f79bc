// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Whether both sides of a way hold the same: number and hash of the rows of both tables. A difference is an error. */
final class SidesCheck {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final String ROWS =
            "SELECT count(*) || ' rows, hash ' || coalesce(sum(hashtextextended(ROW(%s)::text, 0)"
                    + "::numeric), 0) FROM %s.%s";
    private static final String SERVING_ORDERS = "id, customer, upper(status), amount, placed_at, note";
    private static final String IDLE_ORDERS = "id, customer, state, amount, placed_at, note";
    private static final String SERVING_EVENTS = "id, order_id, upper(kind), amount, happened_at";
    private static final String IDLE_EVENTS = "id, order_id, type, amount, happened_at";

    private final Server server;
    private final Admin admin;

    SidesCheck(Server server, Admin admin) {
        this.server = server;
        this.admin = admin;
    }

    /** Waits until a moving tenant has no marks left. Others have none. */
    void settle(String tenant) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        while (true) {
            JsonNode marks = admin.status(tenant).get("marks");
            if (marks.get("pending").longValue() == 0) {
                return;
            }
            if (marks.get("failed").longValue() > 0 || System.nanoTime() - begin > PATIENCE_NANOS) {
                throw new IOException(tenant + " has marks left: " + marks);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    void equal(WriteWay.Sides sides) throws SQLException, IOException {
        if (sides instanceof WriteWay.Schemas two) {
            equal(
                    rows(Server.DATABASE, two.serving(), "orders", SERVING_ORDERS),
                    rows(Server.DATABASE, two.idle(), "orders", IDLE_ORDERS),
                    two.serving() + ".orders");
            equal(
                    rows(Server.DATABASE, two.serving(), "events", SERVING_EVENTS),
                    rows(Server.DATABASE, two.idle(), "events", IDLE_EVENTS),
                    two.serving() + ".events");
        } else if (sides instanceof WriteWay.Databases) {
            equal(
                    rows(Server.DATABASE, ReplicationScenario.SCHEMA, "orders", SERVING_ORDERS),
                    rows(ReplicationScenario.DATABASE, ReplicationScenario.SCHEMA, "orders", SERVING_ORDERS),
                    "replicated orders");
            equal(
                    rows(Server.DATABASE, ReplicationScenario.SCHEMA, "events", SERVING_EVENTS),
                    rows(ReplicationScenario.DATABASE, ReplicationScenario.SCHEMA, "events", SERVING_EVENTS),
                    "replicated events");
        }
    }

    private static void equal(String serving, String idle, String what) throws IOException {
        if (!serving.equals(idle)) {
            throw new IOException("the sides of " + what + " differ: " + serving + "; " + idle);
        }
    }

    private String rows(String database, String schema, String table, String columns) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(Figures.format(ROWS, columns, schema, table))) {
            row.next();
            return row.getString(1);
        }
    }
}
