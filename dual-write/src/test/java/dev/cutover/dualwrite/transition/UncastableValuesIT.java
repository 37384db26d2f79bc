// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.mark.Ledger;
import dev.cutover.dualwrite.mark.Ledger.Selection;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.verify.Verification;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.dualwrite.verify.Verifier.Scope;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A row that PostgreSQL's own cast, or the mapping's expression, refuses is named by its key, within one database and between two. */
@ExtendWith(PostgresExtension.class)
class UncastableValuesIT {
    private static final Mapping MAPPING = new Mapping(
            Map.of("part", new TableMapping("part", "part", List.of(), Map.of("v", "12 / v"), Map.of("v", "12 / v"))),
            Set.of());

    private static final String BLUE = """
            CREATE SCHEMA v1;
            CREATE TABLE v1.large (id int PRIMARY KEY, v bigint);
            CREATE TABLE v1.nan (id int PRIMARY KEY, v numeric);
            CREATE TABLE v1.words (id text COLLATE "en-x-icu" PRIMARY KEY, v text);
            CREATE TABLE v1.part (id int PRIMARY KEY, v int);
            CREATE TABLE v1.keys (id bigint PRIMARY KEY, v int);
            INSERT INTO v1.large SELECT i, CASE WHEN i IN (1, 700, 701, 1000) THEN 2147483648 ELSE i END
                FROM generate_series(1, 1000) i;
            INSERT INTO v1.nan VALUES (1, 1), (2, 'NaN'), (3, 3);
            INSERT INTO v1.words VALUES ('a', '1'), ('B', 'two'), ('c', '3'), ('"', 'four');
            INSERT INTO v1.part VALUES (1, 1), (2, 0), (3, 3);
            INSERT INTO v1.keys VALUES (1, 1), (2147483648, 2), (3, 3);
            """;

    /** Among the rows that are refused, 701 is there with an older value; 5 differs, and 1001 is surplus. */
    private static final String GREEN = """
            CREATE SCHEMA v2;
            CREATE TABLE v2.large (id int PRIMARY KEY, v int);
            CREATE TABLE v2.nan (id int PRIMARY KEY, v int);
            CREATE TABLE v2.words (id text COLLATE "en-x-icu" PRIMARY KEY, v int);
            CREATE TABLE v2.part (id int PRIMARY KEY, v int);
            CREATE TABLE v2.keys (id int PRIMARY KEY, v int);
            """;

    private static final String GREEN_ROWS = """
            INSERT INTO v2.large SELECT i, CASE i WHEN 5 THEN 6 ELSE i END FROM generate_series(1, 1001) i
                WHERE i NOT IN (1, 700, 1000);
            INSERT INTO v2.nan VALUES (1, 1), (3, 3);
            INSERT INTO v2.words VALUES ('a', 1), ('c', 3);
            INSERT INTO v2.part VALUES (1, 12), (3, 4);
            INSERT INTO v2.keys VALUES (1, 1), (3, 3);
            """;

    private static final List<String> REFUSED = List.of(
            "keys [2147483648] REFUSED 22003",
            "large [1000] REFUSED 22003",
            "large [1] REFUSED 22003",
            "large [700] REFUSED 22003",
            "large [701] REFUSED 22003",
            "nan [2] REFUSED 0A000",
            "part [2] REFUSED 22012",
            "words [\"B\"] REFUSED 22P02",
            "words [\"\\\"\"] REFUSED 22P02");

    private static final List<String> OTHERS = List.of("large [1001] SURPLUS", "large [5] DIFFERENT");

    @Test
    void verifyNamesThemWithin(TestDatabase one) throws Exception {
        verifyNamesThem(one, one);
    }

    @Test
    void verifyNamesThemAcross(TestDatabase blue, TestDatabase green) throws Exception {
        verifyNamesThem(blue, green);
    }

    private static void verifyNamesThem(TestDatabase blue, TestDatabase green) throws Exception {
        Sides sides = Sides.of(blue, green);
        green.execute(GREEN_ROWS);

        Verification verification = sides.verify();

        assertEquals(sorted(REFUSED, OTHERS), described(verification));
        assertEquals(1013, verification.rows());
    }

    @Test
    void verifyLeavesThoseThatAreMarkedToTheLedgerWithin(TestDatabase one) throws Exception {
        verifyLeavesThoseThatAreMarked(one, one);
    }

    @Test
    void verifyLeavesThoseThatAreMarkedToTheLedgerAcross(TestDatabase blue, TestDatabase green) throws Exception {
        verifyLeavesThoseThatAreMarked(blue, green);
    }

    private static void verifyLeavesThoseThatAreMarked(TestDatabase blue, TestDatabase green) throws Exception {
        Sides sides = Sides.of(blue, green);
        green.execute(GREEN_ROWS);
        for (String row : REFUSED) {
            String[] words = row.split(" ");
            blue.execute("INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('acme', 'BLUE', '" + words[0]
                    + "', '" + words[1] + "')");
        }

        Verification verification = sides.verify();

        assertEquals(OTHERS, described(verification));
    }

    @Test
    void backfillLeavesThemToTheLedgerWithin(TestDatabase one) throws Exception {
        backfillLeavesThem(one, one);
    }

    @Test
    void backfillLeavesThemToTheLedgerAcross(TestDatabase blue, TestDatabase green) throws Exception {
        backfillLeavesThem(blue, green);
    }

    private static void backfillLeavesThem(TestDatabase blue, TestDatabase green) throws Exception {
        Sides sides = Sides.of(blue, green);

        assertTrue(new Backfill(sides.placement(), sides.plan()).run(() -> false));

        new Resync(sides.placement(), sides.plan()).drain(System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
        try (Connection connection = blue.connect()) {
            List<String> refused = new Ledger(sides.plan())
                    .rows(connection, Selection.ALL, 100).stream()
                            .map(row -> row.table() + " " + row.key() + " REFUSED " + row.sqlState())
                            .sorted()
                            .toList();
            assertEquals(REFUSED, refused);
        }
        assertEquals(List.of(), described(sides.verify()));
    }

    /** A wrong mapping fails for each row. */
    @Test
    void tooManyOfThemEndTheComparisonWithTheNameOfTheTable(TestDatabase blue, TestDatabase green) throws Exception {
        Sides sides = Sides.of(blue, green);
        blue.execute("UPDATE v1.large SET v = 2147483648; INSERT INTO v1.large SELECT i, 2147483648"
                + " FROM generate_series(2000, 2100) i");
        String message = "";
        try {
            sides.verify();
        } catch (SQLException e) {
            message = e.getMessage();
        }
        assertTrue(message.startsWith("table large, 1000 rows or more, for example [1]: "), message);
    }

    private static List<String> described(Verification verification) {
        return verification.samples().stream()
                .map(difference -> difference.table() + " " + difference.key() + " " + difference.kind()
                        + (difference.refusal() == null
                                ? ""
                                : " " + difference.refusal().split(" ")[0]))
                .sorted()
                .toList();
    }

    private static List<String> sorted(List<String> one, List<String> other) {
        return Stream.concat(one.stream(), other.stream()).sorted().toList();
    }

    private record Sides(Placement placement, MirrorPlan plan) {
        static Sides of(TestDatabase blue, TestDatabase green) throws Exception {
            blue.execute(BLUE);
            green.execute(GREEN);
            DataSource serving = blue.dataSource();
            Placement placement = Placement.of(serving, blue == green ? serving : green.dataSource());
            placement.databases().forEach(TransitionSchema.USUAL::migrate);
            try (Connection from = blue.connect();
                    Connection to = green.connect()) {
                PlanBuilder builder =
                        new PlanBuilder(MAPPING, CatalogReader.read(from, "v1"), CatalogReader.read(to, "v2"));
                return new Sides(
                        placement,
                        new MirrorPlan(
                                "acme",
                                Side.BLUE,
                                "v1",
                                "v2",
                                MirrorToken.of("secret", 1),
                                blue == green ? MirrorMode.INLINE : MirrorMode.DEFERRED,
                                builder.tables(Side.BLUE),
                                UserNames.NONE));
            }
        }

        Verification verify() throws Exception {
            return new Verifier(placement, plan).run(Scope.ALL, () -> false, rows -> {});
        }
    }
}
