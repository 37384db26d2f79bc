// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class NetIT {
    private static final String PARTS = """
            CREATE TABLE @.parts (id int, at date, v int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE @.parts_1 PARTITION OF @.parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
            CREATE TABLE @.parts_2 PARTITION OF @.parts FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')
                PARTITION BY HASH (id);
            CREATE TABLE @.parts_2_1 PARTITION OF @.parts_2 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
            """;

    /** A row trigger's copy can be disabled for one partition; and nobody gives a new partition a trigger for TRUNCATE. */
    @Test
    void partitionsAreLookedAtAndMendedToo(TestDatabase database) throws Exception {
        Transition transition = Transition.begin(database, Side.BLUE, PARTS);
        Net net = new Net(transition.plan);
        transition.installNet();
        assertEquals(List.of(), net.gaps(transition.placement()));

        database.execute("ALTER TABLE v1.parts_2_1 DISABLE TRIGGER cutover_net_row;"
                + "ALTER TABLE v2.parts_1 ENABLE TRIGGER cutover_net_key;"
                + "CREATE TABLE v1.parts_3 PARTITION OF v1.parts FOR VALUES FROM ('2024-03-01') TO ('2024-04-01')");
        assertEquals(
                List.of(
                        "v1.parts_2_1: cutover_net_row",
                        "v1.parts_3: cutover_net_truncate",
                        "v2.parts_1: cutover_net_key"),
                net.gaps(transition.placement()));

        transition.installNet();
        assertEquals(List.of(), net.gaps(transition.placement()));
        database.execute("INSERT INTO v1.parts VALUES (1, '2024-02-02', 1); TRUNCATE v1.parts_3");
        assertEquals(
                List.of("[1, \"2024-02-02\"]", "all"),
                database.query(
                        "SELECT coalesce(key::text, 'all') FROM cutover.dirty_key WHERE tbl = 'parts' ORDER BY 1"));
    }

    @Test
    void aTriggerThatCallsAnotherFunctionIsAGap(TestDatabase database) throws Exception {
        Transition transition = Transition.begin(database, Side.BLUE);
        Net net = new Net(transition.plan);
        transition.installNet();
        database.execute("CREATE FUNCTION v1.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                + "DROP TRIGGER cutover_net_key ON v1.orders;"
                + "CREATE TRIGGER cutover_net_key AFTER UPDATE ON v1.orders FOR EACH ROW EXECUTE FUNCTION v1.nothing();"
                + "ALTER TABLE v1.orders ENABLE ALWAYS TRIGGER cutover_net_key;"
                + "ALTER TABLE v2.orders RENAME TO gone");
        assertEquals(
                List.of(
                        "v1.orders: cutover_net_key",
                        "v2.orders: cutover_net_key",
                        "v2.orders: cutover_net_row",
                        "v2.orders: cutover_net_truncate"),
                net.gaps(transition.placement()));
    }
}
