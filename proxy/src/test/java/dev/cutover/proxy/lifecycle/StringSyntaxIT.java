// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A text that the server splits into tokens in another way than the analysis is not rewritten. The net marks its writes. */
@ExtendWith(PostgresExtension.class)
class StringSyntaxIT {
    private static final String TABLES = "CREATE TABLE v1.t (id int PRIMARY KEY, a text);"
            + " CREATE TABLE v2.t (id int PRIMARY KEY, a text); INSERT INTO v1.t VALUES (1, 'a'), (2, 'b'), (3, 'c');"
            + " CREATE FUNCTION public.quiet() RETURNS void LANGUAGE plpgsql AS"
            + " 'BEGIN PERFORM set_config(''standard_conforming_strings'', ''off'', false); END';";

    /** With standard_conforming_strings off this changes row 2 only. Read with it on, it changes row 1 only. */
    private static final String READ_IN_TWO_WAYS = "UPDATE t SET a = 'x\\' || a WHERE id = 1 --' WHERE id = 2";

    private static final List<String> CHANGED = List.of("1 a", "2 x' || a WHERE id = 1 --", "3 c");

    /** What a client sends before the write, and what after it; each is a message of its own. */
    static Stream<Arguments> ways() {
        return Stream.of(
                        way("", List.of("SET standard_conforming_strings TO off"), List.of()),
                        way("", List.of("SELECT set_config('standard_conforming_strings', 'off', false)"), List.of()),
                        way("", List.of("BEGIN", "SET LOCAL standard_conforming_strings TO off"), List.of("COMMIT")),
                        way("-cstandard_conforming_strings=off", List.of(), List.of()),
                        way(
                                "-cstandard_conforming_strings=off",
                                List.of("SET standard_conforming_strings TO on", "RESET standard_conforming_strings"),
                                List.of()),
                        way(
                                "-cstandard_conforming_strings=off",
                                List.of("BEGIN", "SET standard_conforming_strings TO on", "ROLLBACK"),
                                List.of()),
                        way(
                                "-cstandard_conforming_strings=off",
                                List.of("SET standard_conforming_strings TO on", "RESET ALL"),
                                List.of()),
                        way("", List.of("BEGIN", "SELECT quiet()"), List.of("COMMIT")),
                        way(
                                "",
                                List.of("SET escape_string_warning TO off; SET standard_conforming_strings TO off"),
                                List.of()))
                .flatMap(way -> Stream.of(Layout.INLINE, Layout.TWO_DATABASES).flatMap(layout -> Stream.of(false, true)
                        .map(pipelined -> Arguments.of(way.get()[0], way.get()[1], way.get()[2], layout, pipelined))));
    }

    private static Arguments way(String options, List<String> before, List<String> after) {
        return Arguments.of(options, before, after);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aTextThatIsReadInTwoWaysIsNotRewritten(
            String options,
            List<String> before,
            List<String> after,
            Layout layout,
            boolean pipelined,
            TestServer server)
            throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout)) {
            cutover.run("prepare", "mirror", "backfill");
            try (RawClient client = login(cutover, options)) {
                List<String> texts = Stream.of(before, List.of(READ_IN_TWO_WAYS), after)
                        .flatMap(List::stream)
                        .toList();
                for (String text : texts) {
                    client.query(text);
                    if (!pipelined) {
                        succeeded(client, text);
                    }
                }
                for (String text : pipelined ? texts : List.<String>of()) {
                    succeeded(client, text);
                }
            }
            cutover.awaitNoMarks();

            assertEquals(CHANGED, cutover.app().query("SELECT id || ' ' || a FROM v1.t ORDER BY id"));
            assertEquals(CHANGED, cutover.green().query("SELECT id || ' ' || a FROM v2.t ORDER BY id"));
            assertEquals(0.0, cutover.planned("mirrored"));
        }
    }

    @Test
    void aPreparedStatementThatIsReadInTwoWaysIsNotRewritten(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.run("prepare", "mirror", "backfill");
            try (RawClient client = login(cutover, "")) {
                client.parse("", "SET standard_conforming_strings TO off")
                        .bind("", "")
                        .execute("")
                        .parse("w", READ_IN_TWO_WAYS)
                        .bind("", "w")
                        .execute("")
                        .sync();
                // The server has changed the setting when it reads the second text. It warns of the backslash.
                assertEquals("12C[SET]N12C[UPDATE 1]SZI", client.summary());
            }
            cutover.awaitNoMarks();

            assertEquals(CHANGED, cutover.app().query("SELECT id || ' ' || a FROM v1.t ORDER BY id"));
            assertEquals(CHANGED, cutover.green().query("SELECT id || ' ' || a FROM v2.t ORDER BY id"));
        }
    }

    /** The second byte of a character of SJIS can be a backslash, and a client may turn strings with escapes on. */
    @Test
    void aTextInAnEncodingThatHidesAsciiIsNotRewritten(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.run("prepare", "mirror", "backfill");
            try (RawClient client = login(cutover, "")) {
                client.query("SET client_encoding TO SJIS");
                succeeded(client, "SET");
                byte[] text = "UPDATE t SET a = E'ソ' WHERE id = 2".getBytes(Charset.forName("Shift_JIS"));
                client.send('Q', RawClient.join(text, new byte[1]));
                succeeded(client, "UPDATE");
            }
            cutover.awaitNoMarks();

            assertEquals(List.of("ソ"), cutover.app().query("SELECT a FROM v1.t WHERE id = 2"));
            assertEquals(List.of("ソ"), cutover.green().query("SELECT a FROM v2.t WHERE id = 2"));
            assertEquals(0.0, cutover.planned("mirrored"));
        }
    }

    @Test
    void theSameTextIsRewrittenWhereItIsReadInOneWay(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.run("prepare", "mirror", "backfill");
            try (RawClient client = login(cutover, "")) {
                client.query(READ_IN_TWO_WAYS);
                succeeded(client, READ_IN_TWO_WAYS);
            }

            assertEquals(1.0, cutover.planned("mirrored"));
            assertEquals(
                    List.of("x\\a"), cutover.green().query("SELECT replace(a, ' || ', '') FROM v2.t WHERE id = 1"));
        }
    }

    private static void succeeded(RawClient client, String text) throws IOException {
        String summary = client.summary();
        assertEquals(false, summary.contains("E["), () -> text + ": " + summary);
    }

    private static RawClient login(Lifecycle cutover, String options) throws IOException {
        return RawClient.login(cutover.port(), cutover.app().server().user(), "acme", options);
    }
}
