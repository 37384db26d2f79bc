// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Columns and tables that hold something and reach nothing stop the tenant by name, unless the mapping says so. */
@ExtendWith(PostgresExtension.class)
class NothingLeftBehindIT {
    private static final String LEFT = "nothing-left-behind";
    private static final String ROLLBACK = "rollback-keeps-all";
    private static final String USERS = """
            CREATE TABLE v1.users (id int PRIMARY KEY, name text, mail text);
            CREATE TABLE v2.users (id int PRIMARY KEY, name text, email text);
            INSERT INTO v1.users VALUES (1, 'Ann', NULL), (2, 'Bob', NULL);
            """;
    private static final String MAILS = "UPDATE v1.users SET mail = name || '@example.org';";
    /** Version 2 has a column more, with a default, and version 1 nothing for it. */
    private static final String SCORES = """
            CREATE TABLE v1.users (id int PRIMARY KEY, name text);
            CREATE TABLE v2.users (id int PRIMARY KEY, name text, score int NOT NULL DEFAULT 0);
            INSERT INTO v1.users VALUES (1, 'Ann');
            """;

    private static Mapping users(Map<String, String> up, Map<String, String> down, Dropped dropped) {
        return new Mapping(
                Map.of("users", new TableMapping("users", "users", List.of(), up, down, Map.of(), Map.of(), dropped)),
                Set.of());
    }

    private static Finding refusedBy(String guardrail, Operation operation) {
        assertEquals(State.REFUSED, operation.state(), operation::message);
        List<Finding> blocking =
                operation.findings().stream().filter(Finding::blocking).toList();
        assertEquals(
                List.of(guardrail),
                blocking.stream().map(Finding::guardrail).distinct().toList(),
                blocking::toString);
        return blocking.get(0);
    }

    private static Operation plain(Lifecycle cutover, String verb) throws Exception {
        return cutover.attempt(verb, VerbRequest.PLAIN);
    }

    private static void contains(String part, String whole) {
        assertTrue(whole.contains(part), whole);
    }

    private static void write(Lifecycle cutover, String sql) throws SQLException {
        try (Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aRenameThatTheMappingDoesNotSayStopsPrepareAndIsSuggested(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, USERS, Mapping.IDENTITY, layout)) {
            cutover.app().execute(MAILS);
            Finding found = refusedBy(LEFT, plain(cutover, "prepare"));

            contains("blue column users.mail", found.finding());
            contains("tables.users.up: {email: mail}", found.remedy());
            contains("tables.users.down: {mail: email}", found.remedy());
            contains("tables.users.drop: [mail]", found.remedy());
            assertEquals(Phase.STEADY, cutover.status().phase());
        }
    }

    @Test
    void aRenameWithoutItsWayBackStopsPrepare(TestServer server) throws Exception {
        Mapping half = users(Map.of("email", "mail"), Map.of(), Dropped.NOTHING);
        try (Lifecycle cutover = Lifecycle.start(server, USERS + MAILS, half)) {
            Finding found = refusedBy(LEFT, plain(cutover, "prepare"));

            contains("users.mail holds values that nothing of green gives back", found.finding());
            contains("tables.users.down: {mail: email}", found.remedy());
        }
    }

    @Test
    void aColumnThatTheMappingDropsIsLeftAndNamed(TestServer server) throws Exception {
        Mapping drop = users(Map.of(), Map.of(), new Dropped(Set.of("mail"), Set.of("email")));
        try (Lifecycle cutover = Lifecycle.start(server, USERS + MAILS, drop)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            Operation flip = plain(cutover, "flip");

            assertEquals(State.SUCCEEDED, flip.state(), flip::message);
            contains("users.mail stays behind", flip.findings().toString());
            cutover.run("rollback");
        }
    }

    @Test
    void aDroppedColumnThatIsNotThereIsNamed(TestServer server) throws Exception {
        Mapping drop = users(Map.of(), Map.of(), new Dropped(Set.of("fax"), Set.of()));
        try (Lifecycle cutover = Lifecycle.start(server, USERS, drop)) {
            contains(
                    "tables.users.drop names it",
                    refusedBy("mapping", plain(cutover, "prepare")).finding());
        }
    }

    /** A column that no expression names, beside a function of the same name. */
    @Test
    void aFunctionOfTheSameNameReadsNoColumn(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.t (id int PRIMARY KEY, name text, lower text);
                CREATE TABLE v2.t (id int PRIMARY KEY, name text);
                INSERT INTO v1.t VALUES (1, 'a', 'value');
                """;
        Mapping mapping = new Mapping(
                Map.of("t", new TableMapping("t", "t", List.of(), Map.of("name", "lower(name)::text"), Map.of())),
                Set.of());
        try (Lifecycle cutover = Lifecycle.start(server, tables, mapping)) {
            contains("t.lower", refusedBy(LEFT, plain(cutover, "prepare")).finding());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void anEmptyColumnStopsTheFlipOnceItHoldsAValue(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, USERS, Mapping.IDENTITY, layout)) {
            Operation prepare = plain(cutover, "prepare");
            assertEquals(State.SUCCEEDED, prepare.state(), prepare::message);
            contains("users.mail is empty", prepare.findings().toString());
            cutover.run("mirror", "backfill", "verify");
            write(cutover, "UPDATE users SET mail = 'ann@example.org' WHERE id = 1");
            cutover.awaitNoMarks();

            refusedBy(LEFT, plain(cutover, "check"));
            refusedBy(LEFT, plain(cutover, "flip"));
            Operation forced = cutover.attempt("flip", new VerbRequest.Switch(false, false, Set.of(LEFT)));

            assertEquals(State.REFUSED, forced.state());
            assertEquals(Phase.READY, cutover.status().phase());
        }
    }

    @Test
    void anIgnoredTableWithRowsNeedsAReason(TestServer server) throws Exception {
        String tables = USERS + "CREATE TABLE v1.audit (id int); INSERT INTO v1.audit VALUES (1);";
        try (Lifecycle cutover = Lifecycle.start(server, tables, new Mapping(Map.of(), Set.of("audit")))) {
            Finding found = refusedBy(LEFT, plain(cutover, "prepare"));
            contains("blue table audit holds rows", found.finding());
            contains("ignore: [{table: audit, reason: TEXT}]", found.remedy());
        }
        Mapping said = new Mapping(Map.of(), Set.of("audit"), Map.of("audit", "kept in the archive"));
        try (Lifecycle cutover = Lifecycle.start(server, tables, said)) {
            Operation prepare = plain(cutover, "prepare");
            assertEquals(State.SUCCEEDED, prepare.state(), prepare::message);
            contains("kept in the archive", prepare.findings().toString());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aRollbackThatLosesAColumnTakesTheOperatorsWord(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, SCORES, Mapping.IDENTITY, layout)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            Operation flip = plain(cutover, "flip");
            assertEquals(State.SUCCEEDED, flip.state(), flip::message);
            contains(
                    "a rollback loses the values of green column users.score, which blue has no column for",
                    flip.findings().toString());
            write(cutover, "UPDATE users SET score = 7");

            Finding found = refusedBy(ROLLBACK, plain(cutover, "rollback"));
            contains("users.score", found.finding());
            contains("tables.users.drop-green: [score]", found.remedy());
            refusedBy(ROLLBACK, plain(cutover, "check"));
            Operation forced = cutover.attempt("rollback", new VerbRequest.Switch(false, false, Set.of(ROLLBACK)));

            assertEquals(State.SUCCEEDED, forced.state(), forced::message);
            contains("forced against " + ROLLBACK, forced.message());
        }
    }

    @Test
    void aColumnThatTheMappingDropsFromGreenStopsNoRollback(TestServer server) throws Exception {
        Mapping drop = users(Map.of(), Map.of(), new Dropped(Set.of(), Set.of("score")));
        try (Lifecycle cutover = Lifecycle.start(server, SCORES, drop)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip", "rollback");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void aTableThatWasCreatedSinceTheFlipStopsTheRollback(Layout layout, TestServer server) throws Exception {
        String tables = "CREATE TABLE v1.t (id int PRIMARY KEY); CREATE TABLE v2.t (id int PRIMARY KEY);";
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY, layout)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");
            cutover.green().execute("CREATE TABLE v2.hotfix (id int PRIMARY KEY)");
            write(cutover, "INSERT INTO hotfix VALUES (1)");

            contains(
                    "the rows of green table hotfix",
                    refusedBy(ROLLBACK, plain(cutover, "rollback")).finding());
            assertEquals(Phase.REVERSIBLE, cutover.status().phase());
        }
    }

    @Test
    void aRollbackLossThatCannotBeCountedStopsTheFlip(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.users (id int PRIMARY KEY, name text);
                CREATE TABLE v2.users (id int PRIMARY KEY, name text, nick text);
                INSERT INTO v1.users VALUES (1, 'Ann');
                """;
        Mapping reads = users(Map.of(), Map.of("name", "coalesce(nick, name)"), Dropped.NOTHING);
        try (Lifecycle cutover = Lifecycle.start(server, tables, reads)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            contains(
                    "could not be counted",
                    refusedBy("no-rollback-loss", plain(cutover, "flip")).finding());
        }
    }
}
