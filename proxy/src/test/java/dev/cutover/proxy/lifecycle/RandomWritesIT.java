// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random statements go through the proxy in every phase and both directions; both sides must end equal. */
@ExtendWith(PostgresExtension.class)
class RandomWritesIT {
    private static final Mapping MAPPING = new Mapping(
            Map.of(
                    "people",
                    new TableMapping(
                            "people",
                            "persons",
                            List.of(),
                            Map.of("given", "split_part(name, ' ', 1)", "family", "split_part(name, ' ', 2)"),
                            Map.of("name", "given || ' ' || family"),
                            Map.of(),
                            Map.of(),
                            new Dropped(Set.of(), Set.of("extra"))),
                    "events",
                    new TableMapping("events", "events", List.of(), Map.of("what", "kind"), Map.of("kind", "what"))),
            Set.of("bump"));

    private static final String TABLES = """
            CREATE TYPE v1.mood AS ENUM ('calm', 'glad'); CREATE TYPE v2.mood AS ENUM ('calm', 'glad', 'sad');
            CREATE TABLE v1.people (id int PRIMARY KEY, name text NOT NULL, score int NOT NULL DEFAULT 0, data jsonb,
                mood v1.mood NOT NULL DEFAULT 'calm');
            CREATE TABLE v2.persons (id bigint PRIMARY KEY, given text NOT NULL, family text NOT NULL,
                score bigint NOT NULL DEFAULT 0, data jsonb, mood v2.mood NOT NULL DEFAULT 'calm', extra text NOT NULL DEFAULT 'none');
            CREATE TABLE v1.events (person int, no int, kind text, at timestamptz, amount numeric, tags text[],
                PRIMARY KEY (person, no));
            CREATE TABLE v2.events (person int, no int, what text, at timestamptz, amount numeric, tags text[],
                PRIMARY KEY (person, no));
            CREATE FUNCTION v1.bump() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                UPDATE v1.people SET score = score + 1 WHERE id = NEW.person; RETURN NULL; END $$;
            CREATE TRIGGER bump AFTER INSERT ON v1.events FOR EACH ROW EXECUTE FUNCTION v1.bump();
            CREATE FUNCTION v1.charge(p int, n int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                UPDATE events SET amount = n WHERE person = p; END $$;
            CREATE FUNCTION v2.charge(p int, n int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                UPDATE events SET amount = n WHERE person = p; END $$;
            INSERT INTO v1.people SELECT i, 'Given' || i || ' Family' || i, i FROM generate_series(1, 300) AS i;
            INSERT INTO v1.events SELECT i, j, 'made', now(), i * 1.5, ARRAY['a', 'b']
                FROM generate_series(1, 300) AS i, generate_series(1, 3) AS j;
            """;

    /** $p: a person's id, $n: a number, $q: an event's number. Common to both versions. */
    private static final List<String> COMMON = List.of(
            "UPDATE %P SET score = score + $n WHERE id = $p",
            "UPDATE %P SET data = '{\"n\": $n}', score = $n WHERE id BETWEEN $p AND $p + 3 RETURNING id, score",
            "UPDATE %P AS x SET score = x.score + e.no FROM events e WHERE e.person = x.id AND x.id = $p AND e.no = 1",
            "UPDATE %P SET mood = 'glad' WHERE id = $p RETURNING mood",
            "DELETE FROM %P WHERE id = $p",
            "DELETE FROM events WHERE person = $p AND no > $q RETURNING *",
            "DELETE FROM events AS e USING %P AS x WHERE e.person = x.id AND x.score = $n",
            "INSERT INTO events (person, no, amount) VALUES ($p, $q, $n), ($p, $q + 1000, -$n) ON CONFLICT DO NOTHING",
            "INSERT INTO events (person, no, at, tags) VALUES ($p, $q, 'infinity', '{x,NULL}')"
                    + " ON CONFLICT (person, no) DO UPDATE SET amount = coalesce(events.amount, 0) + $n RETURNING amount",
            "INSERT INTO events (person, no) SELECT id, $q FROM %P WHERE id BETWEEN $p AND $p + 5 ON CONFLICT DO NOTHING",
            "UPDATE events SET no = no + 5000 WHERE person = $p AND no = $q",
            "UPDATE %P SET id = id + 100000 WHERE id = $p AND NOT EXISTS (SELECT FROM %P y WHERE y.id = $p + 100000)",
            "WITH gone AS (DELETE FROM events WHERE person = $p AND no = $q RETURNING *) SELECT count(*) FROM gone",
            "SELECT charge($p, $n)",
            "WITH top AS (SELECT id FROM %P ORDER BY score DESC LIMIT 2) UPDATE %P SET score = 0 WHERE id IN (TABLE top)");

    private static final List<String> VERSION_1 = List.of(
            "INSERT INTO people (id, name) VALUES ($p, 'New Person$n') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
            "UPDATE people SET name = 'Renamed One$n' WHERE id = $p RETURNING name AS renamed",
            "UPDATE events SET kind = 'kind$n' WHERE person = $p");

    private static final List<String> VERSION_2 = List.of(
            "INSERT INTO persons (id, given, family, extra) VALUES ($p, 'New', 'Person$n', 'x')"
                    + " ON CONFLICT (id) DO UPDATE SET given = EXCLUDED.given",
            "UPDATE persons SET family = 'Other$n' WHERE id = $p RETURNING given || family",
            "UPDATE events SET what = 'kind$n' WHERE person = $p");

    @ParameterizedTest
    @CsvSource({
        "1, INLINE",
        "2, INLINE",
        "3, INLINE",
        "4, DEFERRED_IN_ONE_DATABASE",
        "5, TWO_DATABASES",
        "6, TWO_DATABASES",
        "7, TWO_SERVERS"
    })
    void bothSidesEndEqual(long seed, Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, layout);
                Connection client = cutover.connect("acme")) {
            SplittableRandom random = new SplittableRandom(seed);
            cutover.run("prepare", "mirror");
            write(client, random, 1);
            cutover.run("backfill", "verify");
            write(client, random, 1);
            cutover.run("verify", "flip");
            write(client, random, 2);
            cutover.run("verify", "rollback");
            write(client, random, 1);
            cutover.run("verify", "flip");
            write(client, random, 2);

            cutover.run("verify");
            cutover.awaitNoMarks();

            assertEquals(0, cutover.status().verify().mismatches());
            assertEquals(0, cutover.status().marks().failed());
            assertTrue(cutover.planned("mirrored") > 100, "planned as mirrored");
            assertEquals(rows(cutover, "v1"), rows(cutover, "v2"));
        }
    }

    private static List<String> rows(Lifecycle cutover, String schema) throws Exception {
        return cutover.database(schema)
                .query("SELECT md5(string_agg(t::text, ' ' ORDER BY person, no)) FROM " + schema + ".events AS t");
    }

    private static void write(Connection client, SplittableRandom random, int version) throws SQLException {
        for (int i = 0; i < 120; i++) {
            boolean block = random.nextInt(4) == 0;
            client.setAutoCommit(!block);
            for (int j = block ? 3 : 1; j > 0; j--) {
                Savepoint savepoint = block ? client.setSavepoint() : null;
                try (Statement statement = client.createStatement()) {
                    statement.execute(pick(random, version));
                } catch (SQLException e) {
                    // A refusal that PostgreSQL itself would give: a key that is there already, a number out of range.
                    if (!e.getSQLState().startsWith("23") && !e.getSQLState().startsWith("22")) {
                        throw e;
                    }
                    if (savepoint != null) {
                        client.rollback(savepoint);
                    }
                }
            }
            if (block && random.nextInt(5) == 0) {
                client.rollback();
            } else if (block) {
                client.commit();
            }
        }
        client.setAutoCommit(true);
    }

    private static String pick(SplittableRandom random, int version) {
        List<String> own = version == 1 ? VERSION_1 : VERSION_2;
        int index = random.nextInt(COMMON.size() + own.size());
        String template = index < COMMON.size() ? COMMON.get(index) : own.get(index - COMMON.size());
        return template.replace("%P", version == 1 ? "people" : "persons")
                .replace("$p", String.valueOf(random.nextInt(1, 330)))
                .replace("$n", String.valueOf(random.nextInt(1, 1000)))
                .replace("$q", String.valueOf(random.nextInt(1, 6)));
    }
}
