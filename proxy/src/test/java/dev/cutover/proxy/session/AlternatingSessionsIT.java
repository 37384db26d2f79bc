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
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two sessions take turns on as few backends as can be, with random statements that leave something behind. Each must be
 * answered as on a connection of its own. More steps: {@code -Dcutover.alternating.steps=100000}.
 */
@ExtendWith(PostgresExtension.class)
final class AlternatingSessionsIT {
    private static final int STEPS = Integer.getInteger("cutover.alternating.steps", 1_500);
    private static final List<String> STATEMENTS = List.of(
            "BEGIN",
            "BEGIN",
            "COMMIT",
            "COMMIT",
            "ROLLBACK",
            "ROLLBACK AND CHAIN",
            "SAVEPOINT a",
            "SAVEPOINT b",
            "ROLLBACK TO a",
            "ROLLBACK TO SAVEPOINT b",
            "RELEASE a",
            "SELECT 1/0",
            "SET statement_timeout = '%nmin'",
            "SET statement_timeout TO DEFAULT",
            "RESET statement_timeout",
            "SET LOCAL statement_timeout = '%nmin'",
            "SHOW statement_timeout",
            "SET application_name = 'app %n'",
            "SHOW application_name",
            "SET my.own = '%n'",
            // A server that has known a name once answers with an empty text where another one knows nothing.
            "SELECT coalesce(current_setting('my.own', true), '')",
            "SELECT set_config('my.own', 'c%n', false)",
            "SELECT set_config('statement_timeout', '%nmin', false)",
            "SELECT set_config('statement_timeout', '%nmin', true)",
            "SET DateStyle = 'German'",
            "SET DateStyle = 'ISO, MDY'",
            "SELECT '2/3/2020'::date",
            "SHOW DateStyle",
            "SET TIME ZONE 'Europe/Berlin'",
            "SET TIME ZONE %n",
            "SHOW timezone",
            "SET search_path = public",
            "SET search_path = blue, public",
            "RESET search_path",
            "SHOW search_path",
            "SELECT side FROM where_am_i",
            "SET standard_conforming_strings = off",
            "SET standard_conforming_strings = on",
            "SELECT 'a\\\\b'",
            "RESET ALL",
            "DISCARD ALL",
            "DISCARD TEMP",
            "SET work_mem = '4%nMB'; SELECT 1/0",
            "SET work_mem = '4%nMB'; SHOW work_mem",
            "BEGIN; SET work_mem = '5%nMB'; COMMIT; SHOW work_mem",
            "SET work_mem = '6%nMB'; BEGIN; SELECT 1/0",
            "RESET search_path; SHOW search_path",
            "BEGIN; RESET ALL; SHOW search_path; SHOW DateStyle",
            "SHOW work_mem",
            "SET ROLE alternating_one",
            "SET ROLE 'alternating_two'",
            "SET SESSION ROLE NONE",
            "SET LOCAL ROLE alternating_two",
            "SET role TO alternating_one",
            "RESET ROLE",
            "SET SESSION AUTHORIZATION alternating_one",
            "RESET SESSION AUTHORIZATION",
            "SET ROLE nosuch",
            "SELECT current_user, session_user",
            "SELECT current_user, session_user",
            "LISTEN c%n",
            "UNLISTEN c%n",
            "UNLISTEN *",
            "SELECT * FROM pg_listening_channels() ORDER BY 1",
            "DECLARE h%n CURSOR WITH HOLD FOR SELECT generate_series(1, 3)",
            "FETCH h%n",
            "CLOSE h%n",
            "CLOSE ALL",
            "SELECT pg_try_advisory_lock(%s%n)",
            "SELECT pg_advisory_unlock(%s%n)",
            "SELECT pg_advisory_unlock_all()",
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
            "CREATE TEMP TABLE t%n (a int)",
            "DROP TABLE t%n",
            "DROP TABLE IF EXISTS t1, t2",
            "INSERT INTO t%n VALUES (1)",
            "SELECT count(*) FROM t%n",
            "PREPARE p%n AS SELECT %n, '2/3/2020'::date",
            "PREPARE p%n (int) AS SELECT $1 + 1",
            "PREPARE p%n AS SELECT side, 'x\\\\y' FROM where_am_i",
            " /* first */ PREPARE p%n AS SELECT %n ; -- last",
            "EXECUTE p%n",
            "EXECUTE p%n(4)",
            "EXPLAIN EXECUTE p%n(4)",
            "DEALLOCATE p%n",
            "DEALLOCATE PREPARE p%n",
            "DEALLOCATE ALL",
            "PREPARE p%n AS SELECT pg_try_advisory_lock(%s9)",
            "SELECT name, statement, from_sql FROM pg_prepared_statements WHERE from_sql ORDER BY 1");

    private TestDatabase database;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        fresh.execute("DO $$ BEGIN CREATE ROLE alternating_one; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        fresh.execute("DO $$ BEGIN CREATE ROLE alternating_two; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 2", "4, 2"})
    void eachIsAnsweredAsOnAConnectionOfItsOwn(long seed, int backends) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.start(database, backends, Planners.unmirrored());
                Pair one = new Pair(proxy, 0);
                Pair two = new Pair(proxy, 1)) {
            database.execute("GRANT USAGE ON SCHEMA blue TO PUBLIC; GRANT SELECT ON blue.where_am_i TO PUBLIC");
            Random random = new Random(seed);
            Pair now = one;
            for (int step = 0; step < STEPS; step++) {
                if (now.movable(backends) && random.nextInt(3) == 0) {
                    now = now == one ? two : one;
                } else if (now.steps > 40) {
                    now.step(new Step("ROLLBACK", Form.SIMPLE, 0));
                    now.step(new Step("DISCARD ALL", Form.SIMPLE, 0));
                }
                now.step(step(random));
            }
        }
    }

    @Test
    void theListNamesWhatEverySessionMayLeave() {
        for (String word : List.of("SET ROLE", "PREPARE", "LISTEN", "HOLD", "advisory", "TEMP", "SAVEPOINT")) {
            assertEquals(true, STATEMENTS.stream().anyMatch(statement -> statement.contains(word)), word);
        }
    }

    private enum Form {
        SIMPLE,
        EXTENDED,
        NAMED
    }

    private record Step(String text, Form form, int number) {}

    private static Step step(Random random) {
        int number = 1 + random.nextInt(2);
        String text = STATEMENTS
                .get(random.nextInt(STATEMENTS.size()))
                .replace("%n", Integer.toString(number))
                .replace("\\\\", "\\");
        boolean several = text.contains(";");
        Form form = several ? Form.SIMPLE : Form.values()[random.nextInt(3)];
        return new Step(text, form, number);
    }

    /** A session through the proxy, and its twin without one. */
    private final class Pair implements AutoCloseable {
        private final ProxyFixture proxy;
        private final RawClient direct;
        private final RawClient proxied;
        private final int index;
        private final List<String> history = new ArrayList<>();
        private boolean inBlock;
        private int steps;

        Pair(ProxyFixture proxy, int index) throws IOException {
            this.proxy = proxy;
            this.index = index;
            String options = index == 0 ? "-cDateStyle=SQL,DMY -cmy.own=began" : "";
            direct = RawClient.login(
                    database.server().port(),
                    database.server().user(),
                    database.name(),
                    options + " -csearch_path=blue,\\ public");
            proxied = RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT, options);
        }

        boolean movable(int backends) throws IOException {
            if (backends > 1) {
                return true;
            }
            if (inBlock) {
                return false;
            }
            // The server may be asked about the pins; this is answered behind that.
            step(new Step("SELECT 1", Form.SIMPLE, 0));
            boolean pinned = proxy.routing().sessions().stream()
                    .anyMatch(session -> !session.view().pinned().isEmpty());
            if (!pinned) {
                steps = 0;
            }
            return !pinned;
        }

        void step(Step step) throws IOException {
            steps++;
            history.add(step.form() + " " + step.text());
            List<String> expected = answer(direct, step, 10 + index);
            List<String> actual = answer(proxied, step, 20 + index);
            String last = expected.get(expected.size() - 1);
            inBlock = !last.equals("ZI");
            assertEquals(
                    String.join("\n", expected),
                    String.join("\n", actual),
                    () -> "session " + index + " behind:\n"
                            + String.join("\n", history.subList(Math.max(0, history.size() - 60), history.size())));
        }

        private List<String> answer(RawClient client, Step step, int locks) throws IOException {
            String text = step.text().replace("%s", Integer.toString(locks));
            switch (step.form()) {
                case SIMPLE -> client.query(text);
                case EXTENDED ->
                    client.parse("", text)
                            .bind("", "")
                            .describePortal("")
                            .execute("")
                            .sync();
                case NAMED ->
                    client.parse("s", text)
                            .describeStatement("s")
                            .bind("", "s")
                            .execute("")
                            .sync();
            }
            List<String> answer = normalised(client.untilReady(), locks);
            if (step.form() == Form.NAMED) {
                // DISCARD ALL and DEALLOCATE ALL have closed it already, which is no error.
                answer.addAll(0, normalised(client.closeStatement("s").sync().untilReady(), locks));
                Collections.rotate(answer, 0);
            }
            return answer;
        }

        @Override
        public void close() throws IOException {
            direct.close();
            proxied.close();
        }
    }

    /** Parameters are told at the end of a cycle, in no order. The proxy's own errors are only as the server's in kind. */
    private static List<String> normalised(List<Message> messages, int locks) {
        List<String> normalised = new ArrayList<>();
        List<String> parameters = new ArrayList<>();
        for (Message message : messages) {
            String text = message.type()
                    + new String(message.body(), StandardCharsets.ISO_8859_1)
                            .replace('\0', '|')
                            .replace(Integer.toString(locks) + "9", "lock");
            if (message.type() == 'S') {
                if (!text.startsWith("Scutover.")) {
                    parameters.add(text);
                }
            } else if (message.type() == 'E' && List.of("26000", "42P05").contains(RawClient.field(message, 'C'))) {
                normalised.add("E " + RawClient.field(message, 'C'));
            } else if (message.type() == 'T') {
                normalised.add(columns(text));
            } else {
                normalised.add(text);
            }
        }
        Collections.sort(parameters);
        normalised.addAll(normalised.size() - 1, parameters);
        return normalised;
    }

    /** Without the OIDs of what users create: temporary tables have another each time. */
    private static String columns(String description) {
        return "T" + description.length() + description.replaceAll("[^a-z_?]", "");
    }
}
