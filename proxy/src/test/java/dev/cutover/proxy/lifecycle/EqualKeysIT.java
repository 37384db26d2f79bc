// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A key that changes to one that is equal and not identical changes on both sides. */
@ExtendWith(PostgresExtension.class)
class EqualKeysIT {
    /** A type, and two of its values that are equal and are written differently. */
    private record Spelling(String type, String one, String other) {}

    private static final List<Spelling> SPELLINGS = List.of(
            new Spelling("text COLLATE public.nocase", "bob", "Bob"),
            new Spelling("varchar(9) COLLATE public.nocase", "bob", "Bob"),
            new Spelling("public.citext", "bob", "Bob"),
            new Spelling("numeric", "1.0", "1.00"),
            new Spelling("real", "0", "-0"),
            new Spelling("double precision", "0", "-0"),
            new Spelling("interval", "24:00:00", "1 day"),
            new Spelling("jsonb", "{\"a\": 1.0}", "{\"a\": 1.00}"),
            new Spelling("numrange", "[1.0,2.0)", "[1.00,2.00)"),
            new Spelling("numeric[]", "{1.0}", "{1.00}"),
            new Spelling("public.amount", "7.5", "7.50"),
            new Spelling("public.price", "(1.0,EUR)", "(1.00,EUR)"));

    private static final String TYPES = """
            CREATE COLLATION public.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            CREATE EXTENSION citext WITH SCHEMA public;
            CREATE DOMAIN public.amount AS numeric CHECK (VALUE > 0);
            CREATE TYPE public.price AS (amount numeric, currency text);
            """;

    /** An update that neither the net nor the fence sees. */
    private static final String UNSEEN = """
            DO $$
            DECLARE name text;
            BEGIN
              ALTER TABLE v2.t%1$s DISABLE TRIGGER USER;
              UPDATE v2.t%1$s SET k = '%2$s';
              FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'v2.t%1$s'::regclass AND NOT tgisinternal LOOP
                EXECUTE 'ALTER TABLE v2.t%1$s ENABLE ALWAYS TRIGGER ' || name;
              END LOOP;
            END $$""";

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aKeyThatIsWrittenDifferentlyIsCarried(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, tables(), Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            write(statement, true);
            sidesAreEqual(cutover);
            cutover.run("verify", "flip");
            write(statement, false);
            sidesAreEqual(cutover);
            cutover.run("verify", "rollback");
            assertEquals(List.of("bob 3"), cutover.app().query("SELECT k || ' ' || n FROM v1.t0"));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void repairCarriesTheSpellingToo(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, tables(), Mapping.IDENTITY, layout)) {
            cutover.run("prepare", "mirror", "backfill");
            for (int i = 0; i < SPELLINGS.size(); i++) {
                cutover.database("v2")
                        .execute(UNSEEN.formatted(i, SPELLINGS.get(i).other()));
            }
            Operation found = cutover.attempt("verify", new VerbRequest.Verify(true, null, null));
            assertEquals(SPELLINGS.size(), found.findings().size(), () -> found.message() + found.findings());
            cutover.awaitNoMarks();
            cutover.run("verify");
            sidesAreEqual(cutover);
        }
    }

    private static String tables() {
        return "DO $$ BEGIN IF to_regtype('public.price') IS NULL THEN " + TYPES + " END IF; END $$;"
                + IntStream.range(0, SPELLINGS.size())
                        .mapToObj(i -> {
                            Spelling spelling = SPELLINGS.get(i);
                            String table = ".t" + i + " (k " + spelling.type() + " PRIMARY KEY, n int);";
                            return "CREATE TABLE v1" + table + "CREATE TABLE v2" + table + "INSERT INTO v1.t" + i
                                    + " VALUES ('" + spelling.one() + "', 1);";
                        })
                        .collect(Collectors.joining());
    }

    /** Each statement in a transaction of its own, then the way there and back in one. */
    private static void write(Statement statement, boolean there) throws Exception {
        for (int i = 0; i < SPELLINGS.size(); i++) {
            Spelling spelling = SPELLINGS.get(i);
            String to = there ? spelling.other() : spelling.one();
            String from = there ? spelling.one() : spelling.other();
            statement.execute("UPDATE t" + i + " SET k = '" + to + "', n = n + 1");
            statement.execute("BEGIN");
            statement.execute("UPDATE t" + i + " SET k = '" + from + "'");
            statement.execute("DELETE FROM t" + i);
            statement.execute("INSERT INTO t" + i + " VALUES ('" + to + "', " + (there ? 2 : 3) + ")");
            statement.execute("COMMIT");
        }
    }

    private static void sidesAreEqual(Lifecycle cutover) throws Exception {
        cutover.awaitNoMarks();
        assertEquals(rows(cutover.database("v1"), "v1"), rows(cutover.database("v2"), "v2"));
    }

    private static List<String> rows(TestDatabase database, String schema) throws Exception {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < SPELLINGS.size(); i++) {
            rows.addAll(database.query("SELECT 't" + i + ' ' + "' || t::text FROM " + schema + ".t" + i + " AS t"));
        }
        return rows;
    }
}
