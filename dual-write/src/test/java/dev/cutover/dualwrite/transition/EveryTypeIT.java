// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.dualwrite.worker.Throttle;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Values of every type get from one database to another as they are, by backfill and by resync. */
@ExtendWith(PostgresExtension.class)
class EveryTypeIT {
    /** A type, and values of it as literals. */
    private static final List<String> COLUMNS = List.of(
            "smallint: '-32768', '32767'",
            "integer: '-2147483648', '2147483647'",
            "bigint: '-9223372036854775808', '9223372036854775807'",
            "numeric: 'NaN', '-0.000000000000000000000000000001', '123456789012345678901234567890.12345', '1.10'",
            "numeric(12,4): '1.1', 'NaN'",
            "real: '-0', 'Infinity', '-Infinity', 'NaN', '1e-45', '3.4028235e38', '0.1'",
            "double precision: '-0', 'Infinity', 'NaN', '5e-324', '1.7976931348623157e308', '0.30000000000000004'",
            "money: '-12.34', '92233720368547758.07'",
            "text: '', E'tab\\t newline\\n quote'' \\\\ brace{},\"NULL\"', 'NULL', 'ünïcode \u6f22'",
            "varchar(7): 'seven  ', ''",
            "character(5): 'ab', '  c'",
            "\"char\": 'x', ''",
            "name: 'a name'",
            "bytea: '\\x', '\\x00ff5c27'",
            "boolean: 'true', 'false'",
            "date: 'infinity', '-infinity', '0044-03-15 BC', '5874897-12-31'",
            "time(3): '24:00:00', '00:00:00.123'",
            "timetz: '23:59:59.999999+15:59', '00:00:00-15:59:59'",
            "timestamp: 'infinity', '-infinity', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999'",
            "timestamptz: 'infinity', '1890-01-01 00:00:00+00', '2024-03-31 02:30:00.000001+02'",
            "interval: '-1 year 2 mons -3 days 04:05:06.789', '178000000 years', '-00:00:00.000001', '1 day -1 hour'",
            "interval day to second(2): '-3 days 04:05:06.78'",
            "bit(5): '10110'",
            "bit varying: '', '101'",
            "uuid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
            "json: '{\"a\" :  1, \"a\": null}', '\"\\u00e9\"'",
            "jsonb: '{\"a\": [1, 2.50, null]}', 'null'",
            "xml: '<a b=\"c\">d &amp; e</a>', 'just text', '<?xml version=\"1.0\"?><x/>'",
            "inet: '10.0.0.1/8', '::1', '1.2.3.4'",
            "cidr: '10.0.0.0/8'",
            "macaddr: '08:00:2b:01:02:03'",
            "point: '(0.1,-1e300)'",
            "box: '(2,2),(0,0)'",
            "path: '[(0,0),(1,1.5)]'",
            "tsvector: 'a:1A b''c:2,3', ''",
            "tsquery: 'a & (b | !c) <-> d:*B'",
            "pg_lsn: '16/B374D848'",
            "oid: '4294967295'",
            "int4range: '(1,5)', 'empty', '[,)'",
            "tstzrange: '[2024-01-01 00:00:00+00,infinity)'",
            "integer[]: '{}', '{{1,NULL},{3,4}}', '[2:3]={7,8}'",
            "text[]: '{\"\",NULL,\"NULL\",\"a,b\",\"{}\\\"\\\\\"}'",
            "v.mood: 'sad', 'quite \"glad\"'",
            "v.mood[]: '{sad,\"quite \\\"glad\\\"\",NULL}'",
            "v.pair: '(1,\"a,\\\"b\\\" )\")', '(,)'",
            "v.pair[]: '{\"(1,x)\",NULL}'",
            "v.positive: '5'",
            "v.positives: '{1,2}'");

    private static final int ROWS = 4_100;

    @Test
    void valuesOfEveryTypeStayWhatTheyAre(TestDatabase blue, TestDatabase green) throws Exception {
        String columns = IntStream.range(0, COLUMNS.size())
                .mapToObj(i -> "\"Column " + i + "\" " + type(i))
                .reduce("", (all, column) -> all + ", " + column);
        for (TestDatabase database : List.of(blue, green)) {
            database.execute("CREATE SCHEMA v; CREATE TYPE v.mood AS ENUM ('sad', 'quite \"glad\"');"
                    + "CREATE TYPE v.pair AS (n int, t text); CREATE DOMAIN v.positive AS int CHECK (VALUE > 0);"
                    + "CREATE DOMAIN v.positives AS int[];"
                    + "CREATE TABLE v.\"Every Type\" (\"Key\" text COLLATE \"C\", at timestamptz, id int, id2 bigint"
                    + " GENERATED BY DEFAULT AS IDENTITY, twice int GENERATED ALWAYS AS (id * 2) STORED" + columns
                    + ", PRIMARY KEY (\"Key\", at, id))");
        }
        try (Crossed crossed = new Crossed(blue, green)) {
            blue.execute("INSERT INTO v.\"Every Type\" (\"Key\", at, id) SELECT 'k''\"' || i % 7, '2024-01-01', i"
                    + " FROM generate_series(1, " + ROWS + ") AS i");
            for (int i = 0; i < COLUMNS.size(); i++) {
                insert(blue, i, 100_000);
            }
            crossed.backfill();
            assertEquals(crossed.contents(blue), crossed.contents(green), "after the backfill");
            blue.execute("UPDATE v.\"Every Type\" SET id = id + 5000 WHERE id % 3 = 0 AND id < " + ROWS);
            for (int i = 0; i < COLUMNS.size(); i++) {
                insert(blue, i, 200_000);
            }

            crossed.resync();

            assertEquals(crossed.contents(blue), crossed.contents(green), "after the resync");
            assertEquals(List.of("0"), blue.query("SELECT count(*) FROM cutover.dirty_key"));
            assertEquals(0, crossed.verify());
            green.execute("SET session_replication_role = replica; ALTER TABLE v.\"Every Type\" DISABLE TRIGGER ALL;"
                    + "DELETE FROM v.\"Every Type\" WHERE id = 1; UPDATE v.\"Every Type\" SET id2 = DEFAULT WHERE id = 2;"
                    + "INSERT INTO v.\"Every Type\" (\"Key\", at, id) VALUES ('surplus', 'infinity', 0)");
            assertEquals(3, crossed.verify());
        }
    }

    private static String type(int column) {
        String text = COLUMNS.get(column);
        return text.substring(0, text.indexOf(": "));
    }

    private static void insert(TestDatabase database, int column, int firstId) throws Exception {
        String[] values =
                COLUMNS.get(column).substring(type(column).length() + 2).split(", (?=E?')", -1);
        for (int i = 0; i < values.length; i++) {
            database.execute("INSERT INTO v.\"Every Type\" (\"Key\", at, id, \"Column " + column
                    + "\") VALUES ('v', '-infinity', " + (firstId + column * 100 + i) + ", " + values[i] + ")");
        }
    }

    /** A tenant with its sides in two databases. */
    private static final class Crossed implements AutoCloseable {
        private final Placement placement;
        private final MirrorPlan plan;

        Crossed(TestDatabase blue, TestDatabase green) throws Exception {
            placement = Placement.of(blue.dataSource(), green.dataSource());
            placement.databases().forEach(TransitionSchema.USUAL::migrate);
            try (Connection from = blue.connect();
                    Connection to = green.connect()) {
                PlanBuilder builder =
                        new PlanBuilder(Mapping.IDENTITY, CatalogReader.read(from, "v"), CatalogReader.read(to, "v"));
                plan = new MirrorPlan(
                        "acme",
                        Side.BLUE,
                        "v",
                        "v",
                        MirrorToken.of("secret", 1),
                        MirrorMode.DEFERRED,
                        builder.tables(Side.BLUE),
                        UserNames.NONE);
                assertEquals(List.of(), builder.problems());
            }
            new Net(plan).install(placement);
        }

        void backfill() throws Exception {
            new Backfill(placement, plan, 2, Throttle.NONE).run(() -> false);
        }

        void resync() throws Exception {
            new Resync(placement, plan).drain(System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
        }

        long verify() throws Exception {
            return new Verifier(placement, plan)
                    .run(Verifier.Scope.ALL, () -> false, rows -> {})
                    .mismatches();
        }

        List<String> contents(TestDatabase database) throws Exception {
            return database.query("SELECT t::text FROM v.\"Every Type\" AS t ORDER BY id, \"Key\"");
        }

        @Override
        public void close() throws Exception {
            Transition.removeNet(plan, placement);
        }
    }
}
