// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The net and the rewrite together: a mirrored statement leaves no mark, the client's own text does. */
@ExtendWith(PostgresExtension.class)
class MirroredUnderTheNetIT {
    private static final MirrorPlan PLAN = keyed(Fixture.PLAN);
    private static final String SQL = "UPDATE app.members SET usr = usr WHERE org = 1";

    @Test
    void aMirroredInsertLeavesNoMark(TestDatabase database) throws Exception {
        install(database);
        Mirrored mirrored = assertInstanceOf(
                Mirrored.class,
                Planners.mirroring(PLAN)
                        .plan("INSERT INTO app.\"Order\" (what) VALUES ('jam'), ('ham')")
                        .rewrite());

        try (Connection connection = database.connect();
                PreparedStatement statement = connection.prepareStatement(mirrored.sql())) {
            assertEquals(2, statement.executeUpdate());
        }

        assertEquals(List.of(), database.query("SELECT tbl FROM cutover.dirty_key"));
        assertEquals(
                database.query("SELECT what FROM app.\"Order\" ORDER BY id"),
                database.query("SELECT what FROM idle.\"Order\" ORDER BY id"));
    }

    @Test
    void whatIsNotMirroredIsMarked(TestDatabase database) throws Exception {
        install(database);

        database.execute(SQL);

        assertEquals(
                List.of("[1, \"ann\"]", "[1, \"bob\"]"),
                database.query("SELECT key FROM cutover.dirty_key ORDER BY key::text"));
    }

    /** That a long text is not mirrored is kept until its end: asking for it row by row would cost its length each time. */
    @Test
    void whatIsKeptOfALongTextIsNotTakenForTheNextOne(TestDatabase database) throws Exception {
        install(database);
        String texts = IntStream.range(0, 300)
                .mapToObj(i -> "('" + i + " of many, each with some words')")
                .collect(Collectors.joining(", "));
        String insert = "INSERT INTO app.\"Order\" (what) VALUES " + texts;
        String mirrored = assertInstanceOf(
                        Mirrored.class, Planners.mirroring(PLAN).plan(insert).rewrite())
                .sql();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(insert);
            connection.commit();
            assertEquals(
                    List.of("t"),
                    database.query("SELECT count(DISTINCT key) = 300 AND count(*) = 300 FROM cutover.dirty_key"));

            statement.execute(insert);
            statement.execute(mirrored);
            statement.execute("UPDATE app.\"Order\" SET what = 'short' WHERE id = 1");
            statement.execute(mirrored);
            connection.commit();
        }
        assertEquals(List.of("601"), database.query("SELECT count(*) FROM cutover.dirty_key"));
        assertEquals(List.of("600"), database.query("SELECT count(*) FROM idle.\"Order\" WHERE what LIKE '%of many%'"));
    }

    private static void install(TestDatabase database) throws Exception {
        DataSource source = database.dataSource();
        TransitionSchema.USUAL.migrate(source);
        String fixture = new String(
                MirroredUnderTheNetIT.class.getResourceAsStream("fixture.sql").readAllBytes(), StandardCharsets.UTF_8);
        database.execute(
                fixture.replace("CREATE SCHEMA cutover;", "").replaceFirst("CREATE TABLE cutover.dirty_key[^;]*;", "")
                        + "CREATE TABLE app.ruled (id int PRIMARY KEY); CREATE TABLE idle.ruled (id int PRIMARY KEY);");
        new Net(PLAN).install(Placement.of(source, source));
    }

    private static MirrorPlan keyed(MirrorPlan plan) {
        return new MirrorPlan(
                plan.tenant(),
                plan.serving(),
                plan.servingSchema(),
                plan.idleSchema(),
                MirrorToken.of("secret", 1),
                plan.mode(),
                plan.tables().entrySet().stream()
                        .filter(table -> table.getValue().unmirrorable() == null)
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                UserNames.NONE);
    }
}
