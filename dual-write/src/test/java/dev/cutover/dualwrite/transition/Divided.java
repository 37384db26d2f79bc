// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.mapping.PlanProblem;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;

/**
 * A tenant whose people are one table on one side, in the schema {@code w}, and three on the other, in {@code s}: persons, the
 * addresses of those that have one, and logins.
 *
 * @param wholeIs the side that has one table
 * @param allLogIn whether each row of the one table has a login; otherwise those that have logged in
 */
record Divided(
        TestDatabase whole,
        TestDatabase split,
        Side wholeIs,
        boolean allLogIn,
        DataSource wholeSource,
        DataSource splitSource) {
    static final String TOKEN = MirrorToken.of("secret", 1);

    private static final String WHOLE = """
            CREATE SCHEMA w;
            CREATE TABLE w.people (id int PRIMARY KEY, name text NOT NULL, street text, city text,
                login text NOT NULL DEFAULT '', seen int NOT NULL DEFAULT 0, note text);
            """;
    private static final String SPLIT = """
            CREATE SCHEMA s;
            CREATE TABLE s.persons (id bigint PRIMARY KEY, name text NOT NULL, note text);
            CREATE TABLE s.addresses (id int GENERATED ALWAYS AS IDENTITY, road text, city text, note text,
                person int NOT NULL UNIQUE REFERENCES s.persons ON DELETE CASCADE ON UPDATE CASCADE);
            CREATE TABLE s.logins (id int PRIMARY KEY REFERENCES s.persons ON DELETE CASCADE ON UPDATE CASCADE,
                login text NOT NULL DEFAULT '', seen int NOT NULL DEFAULT 0);
            """;

    private static final Map<String, String> TO_WHOLE =
            Map.of("street", "road", "login", "coalesce(login, '')", "seen", "coalesce(seen, 0)");
    private static final PartMapping ADDRESSES = new PartMapping(
            Map.of("person", "id", "road", "street", "note", "'of ' || id"), "street IS NOT NULL OR city IS NOT NULL");

    static final String PEOPLE =
            "SELECT concat_ws('|', id, name, coalesce(street, '-'), coalesce(city, '-'), login, seen,"
                    + " coalesce(note, '-')) FROM w.people ORDER BY id";
    static final String PERSONS = "SELECT concat_ws('|', p.id, name, coalesce(road, '-'), coalesce(city, '-'),"
            + " coalesce(login, ''), coalesce(seen, 0), coalesce(p.note, '-')) FROM s.persons AS p LEFT JOIN s.addresses AS a"
            + " ON a.person = p.id LEFT JOIN s.logins AS l ON l.id = p.id ORDER BY p.id";

    /** @param split may be the same database */
    static Divided begin(TestDatabase whole, TestDatabase split, Side wholeIs, boolean allLogIn) throws SQLException {
        whole.execute(WHOLE);
        split.execute(SPLIT);
        DataSource wholeSource = whole.dataSource();
        DataSource splitSource = whole == split ? wholeSource : split.dataSource();
        TransitionSchema.USUAL.migrate(wholeSource);
        TransitionSchema.USUAL.migrate(splitSource);
        return new Divided(whole, split, wholeIs, allLogIn, wholeSource, splitSource);
    }

    Mapping mapping() {
        PartMapping logins = new PartMapping(Map.of(), allLogIn ? null : "login <> '' OR seen > 0");
        Map<String, PartMapping> parts = new LinkedHashMap<>();
        parts.put("addresses", ADDRESSES);
        parts.put("logins", logins);
        TableMapping table = wholeIs == Side.BLUE
                ? new TableMapping("people", "persons", List.of(), Map.of(), TO_WHOLE, Map.of(), parts, Dropped.NOTHING)
                : new TableMapping(
                        "persons", "people", List.of(), TO_WHOLE, Map.of(), parts, Map.of(), Dropped.NOTHING);
        return new Mapping(Map.of(table.blue(), table), Set.of());
    }

    PlanBuilder builder(Mapping mapping) throws SQLException {
        try (Connection one = wholeSource.getConnection();
                Connection other = splitSource.getConnection()) {
            boolean blueIsWhole = wholeIs == Side.BLUE;
            return new PlanBuilder(
                    mapping,
                    blueIsWhole ? CatalogReader.read(one, "w") : CatalogReader.read(other, "s"),
                    blueIsWhole ? CatalogReader.read(other, "s") : CatalogReader.read(one, "w"));
        }
    }

    MirrorPlan plan(Side serving) throws SQLException {
        PlanBuilder builder = builder(mapping());
        MirrorPlan plan = new MirrorPlan(
                "acme",
                serving,
                schema(serving),
                schema(serving.other()),
                TOKEN,
                wholeSource == splitSource ? MirrorMode.INLINE : MirrorMode.DEFERRED,
                builder.tables(serving),
                UserNames.NONE);
        List<PlanProblem> problems = builder.problems();
        if (!problems.isEmpty()) {
            throw new AssertionError(problems);
        }
        return plan;
    }

    String schema(Side side) {
        return side == wholeIs ? "w" : "s";
    }

    TestDatabase database(Side side) {
        return side == wholeIs ? whole : split;
    }

    private DataSource source(Side side) {
        return side == wholeIs ? wholeSource : splitSource;
    }

    Placement placement(Side serving) {
        return Placement.of(source(serving), source(serving.other()));
    }

    void park(Side side) throws SQLException {
        try (Connection connection = source(side).getConnection()) {
            new Parking(TransitionSchema.USUAL, "acme").park(connection, side, schema(side));
        }
    }

    void restore(Side side) throws SQLException {
        try (Connection connection = source(side).getConnection()) {
            new Parking(TransitionSchema.USUAL, "acme").restore(connection, side);
        }
    }
}
