// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A tenant's own code names things without a schema, and finds them in maintenance as it does for clients. */
@ExtendWith(PostgresExtension.class)
class OwnSearchPathIT {
    /** The check, the default, the index and the trigger of a side each call a function that calls another one by its bare name. */
    private static final String SIDE = """
            CREATE TABLE $.log (id int PRIMARY KEY, side text);
            CREATE FUNCTION $.inner_of(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $f$BEGIN RETURN upper($1); END$f$;
            CREATE FUNCTION $.outer_of(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $f$BEGIN RETURN inner_of($1); END$f$;
            CREATE TABLE $.people (id int PRIMARY KEY, name text CHECK ($.outer_of(name) <> 'NOBODY'),
              loud text GENERATED ALWAYS AS ($.outer_of(name)) STORED);
            CREATE INDEX ON $.people ($.outer_of(name));
            CREATE FUNCTION $.noted() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN
              INSERT INTO log VALUES (NEW.id, inner_of('$')) ON CONFLICT (id) DO UPDATE SET side = EXCLUDED.side; RETURN NEW; END$f$;
            CREATE TRIGGER noted AFTER INSERT OR UPDATE ON $.people FOR EACH ROW EXECUTE FUNCTION $.noted();
            """;

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void everyVerbRunsATenantsCodeUnderItsOwnPath(Layout layout, TestServer server) throws Exception {
        String tables = SIDE.replace("$.", "v1.").replace("'$'", "'v1'")
                + SIDE.replace("$.", "v2.").replace("'$'", "'v2'");
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            statement.execute("INSERT INTO people SELECT i, 'Person ' || i FROM generate_series(1, 50) AS i");
            cutover.run("prepare", "mirror");
            statement.execute("INSERT INTO people VALUES (60, 'while it mirrors')");
            cutover.run("backfill");
            cutover.database("v1")
                    .execute("SET search_path = v1; UPDATE people SET name = 'past the proxy' WHERE id = 3");
            cutover.awaitNoMarks();
            cutover.run("verify");

            Operation check = cutover.attempt("check", VerbRequest.PLAIN);

            assertEquals(State.SUCCEEDED, check.state(), check::toString);
            cutover.run("flip");
            statement.execute("UPDATE people SET name = 'after the flip' WHERE id = 4");
            cutover.run("verify", "rollback", "verify");
            for (String schema : List.of("v1", "v2")) {
                assertEquals(
                        List.of("AFTER THE FLIP", "PAST THE PROXY", "WHILE IT MIRRORS"),
                        cutover.database(schema)
                                .query("SELECT loud FROM " + schema + ".people WHERE id IN (3, 4, 60) ORDER BY 1"));
            }
        }
    }

    /** @param shared makes something in the schema that every path of the tenant ends with; null for nothing */
    @ParameterizedTest
    @CsvSource({
        "v1,, true",
        "\"v1\",, true",
        "v2,, true",
        "'v1, public',, true",
        "'public, v1',, false",
        "'v1, pg_catalog',, false",
        "'\"$user\", v1',, false",
        "'v1, v1',, false",
        "v1, CREATE FUNCTION public.f() RETURNS int LANGUAGE sql RETURN 1, false",
        "v1, CREATE TABLE public.t (id int), false",
        "v1, CREATE SEQUENCE public.s, false",
        "v1, CREATE TYPE public.e AS ENUM ('x'), false",
        "v1, CREATE COLLATION public.c (locale = 'C'), false",
    })
    void aSessionWhosePathFindsTheSameIsMirroredInline(String path, String shared, boolean inline, TestServer server)
            throws Exception {
        String tables = "CREATE TABLE v1.item (id int PRIMARY KEY, name text);"
                + "CREATE TABLE v2.item (id int PRIMARY KEY, name text);" + (shared == null ? "" : shared);
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror");
            statement.execute("SET search_path TO " + path);
            client.setAutoCommit(false);
            statement.execute("INSERT INTO item VALUES (1, 'one')");

            try (ResultSet marks = statement.executeQuery("SELECT count(*) FROM cutover.dirty_key")) {
                assertTrue(marks.next());
                assertEquals(inline ? 0 : 1, marks.getInt(1));
            }
            client.commit();
            cutover.awaitNoMarks();
            assertEquals(List.of("one"), cutover.app().query("SELECT name FROM v2.item"));
        }
    }
}
