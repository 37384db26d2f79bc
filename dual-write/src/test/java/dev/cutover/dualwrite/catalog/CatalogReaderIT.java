// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class CatalogReaderIT {
    @Test
    void eachTableHasItsOwnColumnsAndKeys(TestDatabase database) throws Exception {
        database.execute("""
                CREATE SCHEMA v1;
                CREATE SCHEMA other;
                CREATE TYPE v1.mood AS ENUM ('well', 'ill');
                CREATE TABLE v1.orders (
                    no int GENERATED ALWAYS AS IDENTITY, gone int, house int NOT NULL, "the text" varchar(20),
                    mood v1.mood NOT NULL DEFAULT 'well', twice int GENERATED ALWAYS AS (house * 2) STORED,
                    PRIMARY KEY (house, no));
                ALTER TABLE v1.orders DROP COLUMN gone;
                CREATE UNIQUE INDEX ON v1.orders (house) INCLUDE (twice);
                CREATE UNIQUE INDEX ON v1.orders ("the text");
                CREATE UNIQUE INDEX ON v1.orders (twice) WHERE twice > 0;
                CREATE UNIQUE INDEX ON v1.orders (lower("the text"));
                CREATE TABLE v1.a_part (id int PRIMARY KEY) PARTITION BY RANGE (id);
                CREATE TABLE v1.a_part_1 PARTITION OF v1.a_part FOR VALUES FROM (1) TO (10);
                CREATE TABLE v1.bare ();
                CREATE TABLE v1.child (extra text UNIQUE DEFERRABLE) INHERITS (v1.bare);
                CREATE TABLE v1.flyway_schema_history (installed_rank int PRIMARY KEY);
                CREATE TABLE other.orders (id bigint PRIMARY KEY);
                """);
        try (Connection connection = database.connect()) {
            Map<String, Table> tables = CatalogReader.read(connection, "v1");

            assertEquals(
                    List.of(
                            new Table(
                                    "a_part",
                                    List.of(new Column("id", "integer", false, false, false, true)),
                                    List.of(List.of("id")),
                                    Optional.empty(),
                                    true,
                                    false),
                            new Table(
                                    "bare",
                                    List.of(),
                                    List.of(),
                                    Optional.of("it takes part in inheritance"),
                                    false,
                                    true),
                            new Table(
                                    "child",
                                    List.of(new Column("extra", "text", false, true, false, true)),
                                    List.of(),
                                    Optional.of("it takes part in inheritance"),
                                    false,
                                    false),
                            new Table(
                                    "orders",
                                    List.of(
                                            new Column("no", "integer", false, true, true, true),
                                            new Column("house", "integer", false, false, false, true),
                                            new Column("the text", "character varying(20)", false, true, false, true),
                                            new Column("mood", "v1.mood", false, true, false, true),
                                            new Column("twice", "integer", true, true, false, true)),
                                    List.of(List.of("house", "no"), List.of("house")),
                                    Optional.empty(),
                                    false,
                                    false)),
                    new ArrayList<>(tables.values()));
            assertEquals(
                    new ArrayList<>(tables.keySet()),
                    tables.values().stream().map(Table::name).toList());
        }
    }

    @Test
    void thePrimaryKeyComesBeforeThatOfReplicaIdentityAndThatBeforeTheOthers(TestDatabase database) throws Exception {
        database.execute("""
                CREATE SCHEMA v1;
                CREATE TABLE v1.t (a int NOT NULL UNIQUE, b int NOT NULL, c int NOT NULL);
                CREATE UNIQUE INDEX two ON v1.t (c, b);
                CREATE UNIQUE INDEX ON v1.t (b);
                ALTER TABLE v1.t REPLICA IDENTITY USING INDEX two, ADD PRIMARY KEY (b, a);
                """);
        try (Connection connection = database.connect()) {
            assertEquals(
                    List.of(List.of("b", "a"), List.of("c", "b"), List.of("a"), List.of("b")),
                    CatalogReader.read(connection, "v1").get("t").keys());
        }
    }

    @Test
    void aSchemaWithoutTablesHasNone(TestDatabase database) throws Exception {
        database.execute("CREATE SCHEMA v1");
        try (Connection connection = database.connect()) {
            assertEquals(Map.of(), CatalogReader.read(connection, "v1"));
        }
    }

    @Test
    void manyTablesTakeNoMoreStatementsThanOne(TestDatabase database) throws Exception {
        database.execute("CREATE SCHEMA one; CREATE TABLE one.t (id int PRIMARY KEY); CREATE SCHEMA many; "
                + IntStream.rangeClosed(1, 50)
                        .mapToObj(i -> "CREATE TABLE many.t" + i + " (id int PRIMARY KEY);")
                        .collect(Collectors.joining()));
        AtomicInteger statements = new AtomicInteger();
        try (Connection connection = counting(database.connect(), statements)) {
            assertEquals(1, CatalogReader.read(connection, "one").size());
            int forOne = statements.getAndSet(0);
            assertEquals(50, CatalogReader.read(connection, "many").size());

            assertEquals(forOne, statements.get());
        }
    }

    /** Counts each statement that is made on the connection. */
    private static Connection counting(Connection connection, AtomicInteger statements) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) -> {
                    if (method.getName().endsWith("Statement")) {
                        statements.incrementAndGet();
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
