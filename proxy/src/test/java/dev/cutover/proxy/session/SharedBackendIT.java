// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One session runs code that the proxy has not read. The code leaves something behind on the only backend. The next session
 * gets that backend, and must find none of it.
 */
@ExtendWith(PostgresExtension.class)
final class SharedBackendIT {

    private TestDatabase database;
    private ProxyFixture proxy;
    private RawClient first;
    /** On the same event loop, so that it gets the first one's backend. */
    private RawClient second;

    /** The ways in which a client runs code. Each executes the texts in {@code app.residue}. */
    private enum Way {
        SIMPLE_QUERY,
        EXTENDED_QUERY,
        NAMED_STATEMENT,
        QUERY_TO_XML,
        FUNCTION_CALL,
        DO,
        CALL,
        EXPLAIN,
        DECLARE,
        DECLARE_WITH_HOLD,
        EXECUTE,
        BIND_OF_SQL_PREPARED,
        IN_A_BLOCK,
        TRIGGER,
        DEFAULT,
        VIEW,
        COLUMN_NOTATION,
        OPERATOR,
        COPY
    }

    /**
     * What the code leaves behind.
     *
     * @param text what it executes
     * @param probe what the next session asks
     * @param clean what it must be answered
     */
    private enum Residue {
        SEARCH_PATH("SET search_path TO green", "SHOW search_path", "blue, public"),
        ROLE("SET ROLE shared_backend", "SELECT current_user::text", "LOGIN"),
        WORK_MEM("SET work_mem TO '77MB'", "SHOW work_mem", "4MB"),
        DATE_STYLE("SET DateStyle TO 'German'", "SELECT '2020-01-02'::date::text", "2020-01-02"),
        TEMPORARY_TABLE(
                "CREATE TEMP TABLE where_am_i AS SELECT 'shadow' AS side", "SELECT side FROM where_am_i", "blue"),
        ADVISORY_LOCK(
                "SELECT pg_advisory_lock(4711)",
                "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
                "0"),
        HELD_CURSOR(
                "DECLARE held CURSOR WITH HOLD FOR SELECT 1",
                "SELECT count(*)::text FROM pg_cursors WHERE name = 'held'",
                "0"),
        LISTEN("LISTEN leaked", "SELECT count(*)::text FROM pg_listening_channels()", "0"),
        PREPARED(
                "PREPARE cutover_leaked AS SELECT 1",
                "SELECT count(*)::text FROM pg_prepared_statements WHERE name = 'cutover_leaked'",
                "0");

        final String text;
        final String probe;
        final String clean;

        Residue(String text, String probe, String clean) {
            this.text = text;
            this.probe = probe;
            this.clean = clean;
        }
    }

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException, IOException {
        database = fresh;
        fresh.execute("DO $$ BEGIN CREATE ROLE shared_backend; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        fresh.execute("""
                CREATE SCHEMA app;
                CREATE TABLE app.residue (text text);
                CREATE TABLE app.fired (id int);
                CREATE TABLE app.defaulted (id int, n int);
                CREATE FUNCTION app.leave() RETURNS bigint LANGUAGE plpgsql AS $$
                DECLARE t text;
                BEGIN
                  FOR t IN SELECT text FROM app.residue LOOP EXECUTE t; END LOOP;
                  RETURN 1;
                END $$;
                CREATE FUNCTION app.leave(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT app.leave()';
                CREATE FUNCTION app.leave(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT app.leave() = 1';
                CREATE FUNCTION public.leaving(app.fired) RETURNS bigint LANGUAGE sql AS 'SELECT app.leave()';
                CREATE FUNCTION app.planned() RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
                  BEGIN RETURN app.leave(); END $$;
                CREATE PROCEDURE app.proceed() LANGUAGE plpgsql AS $$ BEGIN PERFORM app.leave(); END $$;
                CREATE FUNCTION app.fire() RETURNS trigger LANGUAGE plpgsql AS $$
                  BEGIN PERFORM app.leave(); RETURN NEW; END $$;
                CREATE TRIGGER fire BEFORE INSERT OR UPDATE ON app.fired FOR EACH ROW EXECUTE FUNCTION app.fire();
                INSERT INTO app.fired VALUES (1);
                ALTER TABLE app.defaulted ALTER n SET DEFAULT app.leave();
                CREATE VIEW app.viewed AS SELECT app.leave() AS a;
                CREATE OPERATOR app.=== (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = app.leave);
                GRANT ALL ON ALL TABLES IN SCHEMA app TO shared_backend;
                GRANT USAGE ON SCHEMA app TO shared_backend
                """);
        proxy = ProxyFixture.start(fresh, 1, Planners.unmirrored());
        first = login();
        second = sharing();
    }

    private RawClient sharing() throws IOException {
        while (true) {
            RawClient candidate = login();
            if (pid(first).equals(pid(candidate))) {
                return candidate;
            }
            candidate.close();
        }
    }

    private static String pid(RawClient client) throws IOException {
        return value(client, "SELECT pg_backend_pid()::text");
    }

    @AfterEach
    void stop() throws IOException {
        first.close();
        second.close();
        proxy.close();
    }

    /** Every residue; the search path is tried in every way. */
    static Stream<Arguments> residues() {
        return Stream.of(Way.SIMPLE_QUERY, Way.FUNCTION_CALL, Way.IN_A_BLOCK, Way.TRIGGER, Way.VIEW)
                .flatMap(way -> Stream.of(Residue.values()).map(residue -> Arguments.of(way, residue)));
    }

    @ParameterizedTest
    @MethodSource("residues")
    void anotherSessionFindsNothing(Way way, Residue residue) throws Exception {
        leave(way, residue.text);

        assertEquals(residue.clean.replace("LOGIN", database.server().user()), value(second, residue.probe));
    }

    /** Whether the session is pinned, so that nobody else gets the backend. */
    private static boolean keepsItsBackend(Way way) {
        return way == Way.DO || way == Way.DECLARE_WITH_HOLD;
    }

    @ParameterizedTest
    @EnumSource
    void anotherSessionWritesToTheServingSide(Way way) throws Exception {
        leave(way, "SET search_path TO green");
        if (keepsItsBackend(way)) {
            first.close();
            first = login();
        }

        assertEquals(
                "C[INSERT 0 1]ZI", second.query("INSERT INTO item VALUES (7)").summary());
        assertEquals(List.of("1", "0"), rows());
    }

    @ParameterizedTest
    @EnumSource
    void theSameSessionWritesToTheServingSide(Way way) throws Exception {
        leave(way, "SET search_path TO green");

        assertEquals(
                "C[INSERT 0 1]ZI", first.query("INSERT INTO item VALUES (7)").summary());

        assertEquals(List.of("1", "0"), rows());
    }

    @ParameterizedTest
    @EnumSource
    void theSameSessionIsTheLoginsRoleAgain(Way way) throws Exception {
        leave(way, "SET ROLE shared_backend");
        String expected = way == Way.DO ? "shared_backend" : database.server().user();

        assertEquals(expected, value(first, "SELECT current_user::text"));
    }

    /** In one write to the socket: the second transaction must not run before the path has been set. */
    @Test
    void aPipelinedTransactionWritesToTheServingSide() throws Exception {
        residue("SET search_path TO green");
        first.query("SELECT app.leave()").query("INSERT INTO item VALUES (7)");

        first.summary();
        assertEquals("C[INSERT 0 1]ZI", first.summary());

        assertEquals(List.of("1", "0"), rows());
    }

    @Test
    void aReplacedPreparedStatementIsNotUsed() throws Exception {
        first.parse("s", "SELECT side FROM where_am_i").sync().summary();
        leave(Way.SIMPLE_QUERY, """
                DO $$ DECLARE n text; BEGIN
                  FOR n IN SELECT name FROM pg_prepared_statements WHERE name LIKE 'cutover\\_%' LOOP
                    EXECUTE 'DEALLOCATE ' || n;
                    EXECUTE 'PREPARE ' || n || ' AS SELECT ''replaced''::text AS side';
                  END LOOP;
                END $$""");

        second.parse("s", "SELECT side FROM where_am_i")
                .bind("", "s")
                .execute("")
                .sync();

        assertEquals("blue", value(second));
    }

    @Test
    void aBackendIsNotResetForTheSessionThatUsedItLast() throws Exception {
        leave(Way.SIMPLE_QUERY, "SET work_mem TO '77MB'");
        double before = resets();

        assertEquals("77MB", value(first, "SHOW work_mem"));
        assertEquals(before, resets());
    }

    @Test
    void ordinaryStatementsNeedNoReset() throws Exception {
        // Through the proxy: it asks anew what code there is.
        done("DROP SCHEMA app CASCADE; DROP FUNCTION IF EXISTS public.leaving;"
                + "CREATE FUNCTION blue.touch() RETURNS trigger LANGUAGE plpgsql AS $$"
                + " BEGIN UPDATE blue.where_am_i SET side = 'blue'; NEW.name = now(); RETURN NEW; END $$;"
                + "CREATE TRIGGER touch BEFORE INSERT ON blue.item FOR EACH ROW EXECUTE FUNCTION blue.touch()");
        second.query("SELECT 1").summary();
        double before = resets();
        for (int i = 0; i < 20; i++) {
            RawClient next = i % 2 == 0 ? first : second;
            next.query("INSERT INTO item VALUES (" + i + ")").summary();
            next.query("SELECT lower(side) FROM where_am_i").summary();
            next.query("BEGIN; UPDATE item SET name = ''; COMMIT").summary();
            next.query("PREPARE p AS SELECT 1").summary();
            next.query("DEALLOCATE p").summary();
            next.query("SET work_mem TO '5MB'").summary();
        }
        assertEquals(before, resets());
    }

    private double resets() {
        return proxy.meters().counter("cutover.backend.connections.reset").count();
    }

    private void leave(Way way, String... texts) throws Exception {
        residue(texts);
        switch (way) {
            case SIMPLE_QUERY -> done("SELECT app.leave()");
            case EXTENDED_QUERY -> {
                first.parse("", "SELECT app.leave()").bind("", "").execute("").sync();
                done();
            }
            case NAMED_STATEMENT -> {
                first.parse("n", "SELECT app.leave()").sync();
                done();
                first.bind("", "n").execute("").sync();
                done();
            }
            case QUERY_TO_XML -> done("SELECT query_to_xml('SELECT app.leave()', true, true, '')");
            case FUNCTION_CALL -> {
                int function = Integer.parseInt(value(first, "SELECT 'app.leave()'::regprocedure::oid::text"));
                first.send('F', RawClient.int32(function), new byte[] {0, 0, 0, 0, 0, 0});
                done();
            }
            case DO -> done("DO $$ BEGIN PERFORM app.leave(); END $$");
            case CALL -> done("CALL app.proceed()");
            case EXPLAIN -> done("EXPLAIN SELECT app.planned()");
            case DECLARE -> done("BEGIN; DECLARE c CURSOR FOR SELECT app.leave(); FETCH c; COMMIT");
            case DECLARE_WITH_HOLD -> done("DECLARE c CURSOR WITH HOLD FOR SELECT app.leave()");
            case EXECUTE -> {
                done("PREPARE p AS SELECT app.leave()");
                done("EXECUTE p");
                done("DEALLOCATE p");
            }
            case BIND_OF_SQL_PREPARED -> {
                done("PREPARE p AS SELECT app.leave()");
                first.bind("", "p").execute("").sync();
                done();
                done("DEALLOCATE p");
            }
            case IN_A_BLOCK -> {
                done("BEGIN");
                done("SELECT app.leave()");
                done("COMMIT");
            }
            case TRIGGER -> done("UPDATE app.fired SET id = 2");
            case DEFAULT -> done("INSERT INTO app.defaulted (id) VALUES (1)");
            case VIEW -> done("SELECT a FROM app.viewed");
            case COLUMN_NOTATION -> done("SELECT f.leaving FROM app.fired f");
            case OPERATOR -> done("SELECT 1::bigint OPERATOR(app.===) 1");
            case COPY -> done("COPY (SELECT app.leave()) TO STDOUT");
        }
    }

    private void residue(String... texts) throws SQLException {
        for (String text : texts) {
            database.execute("INSERT INTO app.residue VALUES ($text$" + text + "$text$)");
        }
    }

    private void done(String sql) throws IOException {
        first.query(sql);
        done();
    }

    private void done() throws IOException {
        String summary = first.summary();
        assertEquals(false, summary.contains("E["), summary);
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }

    private static String value(RawClient client, String sql) throws IOException {
        return value(client.query(sql));
    }

    /** The only column of the only row. */
    private static String value(RawClient client) throws IOException {
        List<String> values = new ArrayList<>();
        for (Message message : client.untilReady()) {
            if (message.type() == 'D') {
                values.add(new String(message.body(), 6, message.body().length - 6, StandardCharsets.UTF_8));
            } else if (message.type() == 'E') {
                values.add(message.text());
            }
        }
        return String.join("|", values);
    }

    /** How many rows the serving and the idle side have. */
    private List<String> rows() throws SQLException {
        try (Connection direct = DriverManager.getConnection(
                        database.url(),
                        database.server().user(),
                        database.server().password());
                Statement statement = direct.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT (SELECT count(*) FROM blue.item), (SELECT count(*) FROM green.item)")) {
            row.next();
            return List.of(row.getString(1), row.getString(2));
        }
    }
}
