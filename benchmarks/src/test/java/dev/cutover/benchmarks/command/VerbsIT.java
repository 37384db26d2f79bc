// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.benchmarks.command.CutoverProcess.Ended;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A proxy process and the verbs as an operator's script uses them: exit codes, JSON, where address and token come from. */
@ExtendWith(PostgresExtension.class)
class VerbsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern LISTENING =
            Pattern.compile("cutover listens on 127\\.0\\.0\\.1:(\\d+), admin API on 127\\.0\\.0\\.1:(\\d+)");

    @TempDir
    private Path directory;

    private TestDatabase app;
    private CutoverProcess proxy;
    private int port;
    private Map<String, String> environment;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        app.execute("CREATE SCHEMA v1; CREATE TABLE v1.t (id int PRIMARY KEY, a text);"
                + "CREATE SCHEMA v2; CREATE TABLE v2.t (id int PRIMARY KEY, a text);"
                + "INSERT INTO v1.t SELECT i, 'row' FROM generate_series(1, 100) AS i");
        Path file = Files.writeString(directory.resolve("cutover.yaml"), Configurations.good(app, control));
        proxy = CutoverProcess.start(Map.of("ADMIN_TOKEN", Configurations.TOKEN), "proxy", "--config", file.toString());
        Matcher matcher = LISTENING.matcher(proxy.firstLine());
        assertTrue(matcher.matches());
        port = Integer.parseInt(matcher.group(1));
        environment =
                Map.of("CUTOVER_ADMIN", "http://127.0.0.1:" + matcher.group(2), "CUTOVER_TOKEN", Configurations.TOKEN);
    }

    @AfterEach
    void tearDown() {
        proxy.kill();
    }

    @Test
    void theWholeWayByScript() throws Exception {
        for (String verb : List.of("prepare", "mirror", "backfill", "verify")) {
            assertEquals(0, cutover(verb, "acme").exitCode());
        }
        JsonNode flip = json(cutover("flip", "acme", "--output", "json"));
        JsonNode rollback = json(cutover("rollback", "acme", "--output", "json"));
        JsonNode status = json(cutover("status", "acme", "--output", "json"));

        assertEquals("GREEN", flip.path("serving").asText());
        assertEquals("BLUE", rollback.path("serving").asText());
        assertEquals(flip.path("epoch").asLong() + 1, rollback.path("epoch").asLong());
        for (String field : List.of("epoch", "serving", "holdMillis", "drainedTransactions")) {
            assertTrue(flip.has(field) && rollback.has(field), field);
        }
        assertEquals(
                List.of(),
                List.of(
                                "/tenant",
                                "/phase",
                                "/serving",
                                "/idle",
                                "/epoch",
                                "/mirroring",
                                "/backfill/rows",
                                "/backfill/total",
                                "/backfill/done",
                                "/verify/rows",
                                "/verify/mismatches",
                                "/verify/at",
                                "/marks/pending",
                                "/marks/failed",
                                "/schemaVersion/blue",
                                "/schemaVersion/green")
                        .stream()
                        .filter(path -> status.at(path).isMissingNode())
                        .toList());
        assertEquals("READY", status.path("phase").asText());
    }

    @Test
    void exitCodesTellScriptsWhatHappened() throws Exception {
        assertEquals(3, cutover("flip", "acme").exitCode(), "refused by the phase");
        assertEquals(2, cutover("status", "nope").exitCode(), "no such tenant");
        assertEquals(2, cutover("status").exitCode(), "no tenant named");
        assertEquals(2, cutover("dance").exitCode(), "no such verb");
        assertEquals(6, cutover("tenants", "--admin", "http://127.0.0.1:1").exitCode(), "nobody there");
        assertEquals(0, cutover("tenants").exitCode(), "done");
    }

    @Test
    void aCampaignIsPlannedRunAndReported() throws Exception {
        Path manifest = Files.writeString(directory.resolve("campaign.yaml"), """
                campaign: all-of-them
                tenants: {match: acme}
                waves: [{name: only}]
                gates: {sql: [{text: "SELECT count(*) FROM t", expect: "100"}]}
                """);
        Path wrong = Files.writeString(directory.resolve("wrong.yaml"), "campaign: c\nwaves: [{name: a, size: 1}]\n");
        String page = directory.resolve("report.html").toString();

        Ended refused = cutover("campaign", "plan", wrong.toString());
        Ended plan = cutover("campaign", "plan", manifest.toString());
        Ended nobody = cutover("campaign", "status", "nobody");
        Ended started = cutover("campaign", "start", manifest.toString());
        Ended again = cutover("campaign", "start", manifest.toString());
        Ended watched = cutover("campaign", "watch", "all-of-them");
        JsonNode status = json(cutover("campaign", "status", "all-of-them", "--output", "json"));
        Ended all = cutover("campaign", "status");
        Ended report = cutover("campaign", "report", "all-of-them");
        Ended html = cutover("campaign", "report", "all-of-them", "--html", page);
        Ended late = cutover("campaign", "cancel", "all-of-them");

        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("wrong.yaml: waves[0].size: unknown key"), refused::err);
        assertEquals(0, plan.exitCode(), plan::err);
        assertTrue(plan.out().contains("wave only: 1 tenant, 1 at once"), plan::out);
        assertEquals(2, nobody.exitCode());
        assertTrue(nobody.err().contains("cutover campaign status lists the campaigns"), nobody::err);
        assertEquals(List.of(0, 0), List.of(started.exitCode(), again.exitCode()));
        assertEquals(0, watched.exitCode(), watched::out);
        assertTrue(watched.out().contains("campaign all-of-them: ENDED"), watched::out);
        assertEquals("DONE", status.at("/waves/0/tenants/0/state").asText());
        assertTrue(all.out().contains("campaign all-of-them: ENDED; 1 DONE"), all::out);
        assertTrue(report.out().contains("no tenant has failed"), report::out);
        assertEquals(0, html.exitCode(), html::err);
        assertTrue(Files.readString(Path.of(page)).contains("<h1>Campaign all-of-them</h1>"));
        assertEquals(3, late.exitCode());
        assertTrue(late.err().contains("campaign all-of-them is ENDED"), late::err);
        assertEquals(2, cutover("campaign").exitCode());
    }

    @Test
    void tenantsAreChosenByNameAndTag() throws Exception {
        assertEquals(List.of("acme", "globex"), chosen());
        assertEquals(List.of("globex"), chosen("--match", "gl*x"));
        assertEquals(List.of("acme"), chosen("--tag", "plan=free"));
        assertEquals(List.of(), chosen("--tag", "plan=free", "--match", "globex"));
        assertEquals(2, cutover("tenants", "--match", "a b").exitCode());
    }

    private List<String> chosen(String... filter) throws Exception {
        List<String> command = new ArrayList<>(List.of("tenants", "--json"));
        command.addAll(List.of(filter));
        List<String> names = new ArrayList<>();
        json(cutover(command.toArray(new String[0])))
                .forEach(tenant -> names.add(tenant.path("tenant").asText()));
        return names;
    }

    @Test
    void checkOfAllTenantsRanksThem() throws Exception {
        Ended all = cutover("check", "--all", "--csv");
        assertEquals(3, all.exitCode(), all::toString);
        assertEquals(
                List.of(
                        "tenant,movable,bytes,seconds,blocking,causes,message",
                        "\"acme\",now,N,5,0",
                        "\"globex\",not,,,0"),
                all.out()
                        .lines()
                        .map(line -> line.replaceFirst(",\"\",.*", "").replaceFirst(",[0-9]{4,},", ",N,"))
                        .toList());

        assertEquals(0, cutover("check", "--all", "--match", "acme").exitCode());

        app.execute("DROP TABLE v2.t");
        JsonNode blocked = JSON.readTree(
                cutover("check", "--all", "--tag", "plan=free", "--json").out());
        assertEquals("AFTER_CHANGES", blocked.at("/tenants/0/verdict").asText(), blocked::toString);
        assertEquals(1, blocked.at("/causes/0/tenants").asInt(), blocked::toString);

        assertEquals(2, cutover("check", "--all", "acme").exitCode());
        assertEquals(2, cutover("check", "acme", "--csv").exitCode());
        assertEquals(2, cutover("check").exitCode());
    }

    @Test
    void whatTheMappingCannotCarryIsARefusal() throws Exception {
        app.execute("DROP TABLE v2.t");

        Ended refused = cutover("prepare", "acme", "--output", "json");

        assertEquals(3, refused.exitCode(), refused::toString);
        assertEquals("REFUSED", JSON.readTree(refused.out()).path("state").asText());
    }

    @Test
    void aBlockedFlipEndsWithFourAndNamesTheBlocker() throws Exception {
        for (String verb : List.of("prepare", "mirror", "backfill", "verify")) {
            assertEquals(0, cutover(verb, "acme").exitCode());
        }
        try (Connection client = connect("acme");
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute("UPDATE t SET a = 'blocks' WHERE id = 1");

            Ended flip = cutover("flip", "acme");

            assertEquals(4, flip.exitCode(), flip::toString);
            assertTrue(flip.out().contains("UPDATE t SET a = 'blocks'"), flip::out);
            client.commit();
        }
    }

    @Test
    void theTokenComesFromAFileToo() throws Exception {
        Path token = Files.writeString(directory.resolve("token"), Configurations.TOKEN + "\n");
        Path wrong = Files.writeString(directory.resolve("wrong"), "wrong\n");
        Map<String, String> noToken = Map.of("CUTOVER_ADMIN", environment.get("CUTOVER_ADMIN"));

        Ended right = CutoverProcess.run(noToken, "tenants", "--token-file", token.toString());

        assertEquals(0, right.exitCode(), right::err);
        assertEquals(6, CutoverProcess.run(noToken, "tenants").exitCode());
        Ended refused = CutoverProcess.run(environment, "tenants", "--token-file", wrong.toString());
        assertEquals(6, refused.exitCode(), "the file counts, not the environment");
        assertEquals(1, refused.err().lines().count(), refused::err);
    }

    @Test
    void explainShowsIntentReasonAndRewrite() throws Exception {
        cutover("prepare", "acme");
        cutover("mirror", "acme");

        Ended mirrored = cutover("explain", "acme", "UPDATE t SET a = 'x' WHERE id = 1");

        assertTrue(mirrored.out().contains("Write UPDATE t"), mirrored::out);
        assertTrue(mirrored.out().contains("mirrored") && mirrored.out().contains("\"v2\".\"t\""), mirrored::out);
        JsonNode net = json(cutover("explain", "acme", "DO $$BEGIN DELETE FROM t; END$$", "--output", "json"));
        assertEquals("unchanged", net.path("outcome").asText());
        assertFalse(net.path("reason").asText().isEmpty(), net::toString);
        assertTrue(net.path("rewritten").isNull(), net::toString);
    }

    @Test
    void checkListsWhatClientsHaveSent() throws Exception {
        cutover("prepare", "acme");
        cutover("mirror", "acme");
        try (Connection client = connect("acme");
                Statement statement = client.createStatement()) {
            for (int i = 0; i < 3; i++) {
                statement.execute("UPDATE t SET a = 'x" + i + "' WHERE id = " + i);
            }
            statement.execute("DO $$BEGIN DELETE FROM t WHERE id = 9; END$$");
            statement.execute("SELECT 1");
        }

        Ended check = cutover("check", "acme", "--json");
        Ended text = cutover("check", "acme");

        JsonNode statements = JSON.readTree(check.out()).path("statements");
        assertEquals(2, statements.size(), check::out);
        assertEquals(
                "update t set a = ? where id = ?", statements.at("/0/statement").asText());
        assertEquals(3, statements.at("/0/inline").asInt());
        assertEquals("DO", statements.at("/1/reason").asText());
        assertEquals("check", JSON.readTree(check.out()).path("verb").asText(), "the operation's fields stay");
        assertTrue(text.out().contains("update t set a = ? where id = ?"), text::out);
    }

    @Test
    void oneGuardrailIsForcedByNameAndTheMappingIsPrinted() throws Exception {
        app.execute("CREATE TABLE v1.parts (id int PRIMARY KEY, of int, note text);"
                + "CREATE TABLE v2.parts (id int PRIMARY KEY, of int REFERENCES v2.t, extra text);"
                + "INSERT INTO v1.parts VALUES (1, 5000)");
        for (String verb : List.of("prepare", "mirror", "backfill", "verify")) {
            assertEquals(0, cutover(verb, "acme").exitCode());
        }

        Ended check = cutover("check", "acme");
        Ended plain = cutover("flip", "--force", "acme");
        Ended unknown = cutover("flip", "acme", "--force=foreign-key-hold");
        Ended forced = cutover("flip", "--force", "foreign-keys-hold", "acme");
        Ended history = cutover("history", "acme");

        assertEquals(
                List.of(3, 3, 2, 0),
                List.of(check.exitCode(), plain.exitCode(), unknown.exitCode(), forced.exitCode()));
        assertTrue(check.out().contains("[stops] foreign-keys-hold: "), check::out);
        assertTrue(check.out().contains("mapping: parts, key id, 1 column(s) by name"), check::out);
        assertTrue(check.out().contains("    green.extra is left to its default"), check::out);
        assertTrue(check.out().contains("    blue.note is left to its default"), check::out);
        assertTrue(plain.out().contains("foreign-keys-hold"), plain::out);
        assertTrue(unknown.err().contains("foreign-key-hold"), unknown::err);
        assertTrue(history.out().contains("forced against foreign-keys-hold"), history::out);
    }

    @Test
    void checkListsReadsThatDiffer() throws Exception {
        Path file = directory.resolve("cutover.yaml");
        Files.writeString(
                file,
                Files.readString(file).replace("drain-timeout: 500ms", "drain-timeout: 500ms\n    compare-reads: 1"));
        assertTrue(cutover("reload").out().contains("tenants.acme.compare-reads: 0.0 -> 1.0"));
        for (String verb : List.of("prepare", "mirror", "backfill")) {
            assertEquals(0, cutover(verb, "acme").exitCode());
        }
        app.execute(
                "CREATE VIEW v1.shown AS SELECT id FROM v1.t; CREATE VIEW v2.shown AS SELECT id FROM v2.t WHERE id > 5");
        Ended check;
        try (Connection client = connect("acme");
                Statement statement = client.createStatement()) {
            do {
                statement.execute("SELECT id FROM shown");
                check = cutover("check", "acme", "--json");
            } while (JSON.readTree(check.out()).path("reads").isEmpty());
        }
        Ended text = cutover("check", "acme");

        JsonNode read = JSON.readTree(check.out()).at("/reads/0");
        assertEquals("select id from shown", read.path("statement").asText());
        assertTrue(read.path("different").asInt() > 0);
        assertEquals(
                "100 rows on the serving side, 95 on the idle side",
                read.path("difference").asText());
        assertTrue(check.out().contains("reads-agree"), check::out);
        assertTrue(text.out().contains("select id from shown  (100 rows on the serving side"), text::out);
    }

    @Test
    void explainReadsAScriptAndKeepsTheTokenSecret() throws Exception {
        cutover("prepare", "acme");
        cutover("mirror", "acme");
        Path script = Files.writeString(
                directory.resolve("script.sql"),
                "UPDATE t SET a = 'x;' WHERE id = 1; -- the first\nSELECT 1;\n\nDROP TABLE t;\nDO $$BEGIN NULL; END$$");

        JsonNode each = json(cutover("explain", "acme", "--file", script.toString(), "--json"));

        assertEquals(
                List.of("mirrored", "unchanged", "refused", "unchanged"),
                each.findValuesAsText("outcome"),
                each::toString);
        assertEquals(
                "UPDATE t SET a = 'x;' WHERE id = 1", each.at("/0/statement").asText());
        assertTrue(each.at("/0/rewritten").asText().startsWith("/*cutover:token*/ WITH"), each::toString);
        assertEquals(2, cutover("explain", "acme").exitCode(), "no statement");
        assertEquals(2, cutover("explain", "acme", "--file", "/nowhere").exitCode(), "no such file");
    }

    @Test
    void theLedgerNamesRefusedRowsAndResyncSettlesThem() throws Exception {
        app.execute("ALTER TABLE v2.t ADD CONSTRAINT lower_case CHECK (a = lower(a))");
        for (String verb : List.of("prepare", "mirror", "backfill")) {
            assertEquals(0, cutover(verb, "acme").exitCode());
        }
        app.execute("UPDATE v1.t SET a = 'UPPER' WHERE id = 7");

        Ended refused = cutover("resync", "acme");
        while (refused.exitCode() == 0) {
            // The row may not have been tried for the first time yet.
            refused = cutover("resync", "acme");
        }
        JsonNode ledger = json(cutover("ledger", "acme", "--json"));
        Ended text = cutover("ledger", "acme", "--table", "t");
        app.execute("ALTER TABLE v2.t DROP CONSTRAINT lower_case");
        Ended settled = cutover("resync", "acme", "--table", "t", "--key", "7");

        assertEquals(3, refused.exitCode(), refused::toString);
        assertTrue(refused.out().contains("t [7]: 23514"), refused::out);
        assertEquals("[7]", ledger.at("/rows/0/key").asText());
        assertEquals("23514", ledger.at("/rows/0/sqlState").asText());
        assertEquals(1, text.out().lines().count(), text::out);
        assertEquals(0, settled.exitCode(), settled::toString);
        assertEquals(
                0, json(cutover("ledger", "acme", "--json")).path("refused").asInt());
    }

    @Test
    void historySaysWhoDidWhat() throws Exception {
        cutover("prepare", "acme");
        cutover("flip", "acme");

        JsonNode history = json(cutover("history", "acme", "--json"));
        Ended text = cutover("history", "acme", "--limit", "1");

        assertEquals("flip", history.at("/0/command").asText());
        assertEquals("REFUSED", history.at("/0/result").asText());
        assertEquals("prepare", history.at("/1/command").asText());
        assertTrue(history.at("/1/actor").asText().endsWith("from 127.0.0.1"), history::toString);
        assertEquals(1, text.out().lines().count(), text::out);
        assertTrue(text.out().contains("flip REFUSED  "), text::out);
        assertEquals(2, cutover("history", "acme", "--limit", "0").exitCode());
    }

    @Test
    void doctorFindsAndMends() throws Exception {
        for (String verb : List.of("prepare", "mirror")) {
            assertEquals(0, cutover(verb, "acme").exitCode(), verb);
        }
        Ended healthy = cutover("doctor");
        app.execute("ALTER TABLE v1.t DISABLE TRIGGER cutover_net_row");

        Ended found = cutover("doctor", "acme");
        JsonNode report = JSON.readTree(cutover("doctor", "acme", "--json").out());
        Ended repaired = cutover("doctor", "--repair");

        assertEquals(0, healthy.exitCode(), healthy::toString);
        assertTrue(healthy.out().contains("acme: all is as it should be"), healthy::out);
        assertEquals(3, found.exitCode(), found::toString);
        assertTrue(found.out().contains("acme: net: v1.t: cutover_net_row: this part of the net"), found::out);
        assertEquals("net", report.at("/tenants/0/anomalies/0/check").asText());
        assertTrue(report.at("/tenants/0/anomalies/0/repairable").asBoolean());
        assertEquals(0, repaired.exitCode(), repaired::toString);
        assertTrue(repaired.out().contains("doctor acme: 1 repaired"), repaired::out);
        assertEquals(
                "doctor",
                json(cutover("history", "acme", "--json")).at("/0/command").asText());
        assertEquals(2, cutover("doctor", "nobody").exitCode());
    }

    @Test
    void sigtermLetsTheRunningTransactionEnd() throws Exception {
        ProcessHandle process = proxy.handle();
        try (Connection client = connect("acme");
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute("INSERT INTO t VALUES (1000, 'before the signal')");

            proxy.terminate();

            awaitRefusedConnections();
            statement.execute("INSERT INTO t VALUES (1001, 'after the signal')");
            client.commit();
        }
        Ended ended = proxy.awaitEnd();
        assertEquals(0, ended.exitCode(), ended::err);
        assertFalse(process.isAlive() || process.descendants().findAny().isPresent());
        assertEquals(List.of("2"), app.query("SELECT count(*) FROM v1.t WHERE id >= 1000"));
    }

    @Test
    void everyVerbHasHelp() throws Exception {
        Ended help = cutover("--help");

        assertEquals(0, help.exitCode());
        TreeSet<String> missing = new TreeSet<>(List.of(
                "up",
                "proxy",
                "tenants",
                "run",
                "watch",
                "status",
                "check",
                "prepare",
                "mirror",
                "backfill",
                "verify",
                "history",
                "doctor",
                "ledger",
                "resync",
                "flip",
                "rollback",
                "complete",
                "abort",
                "explain",
                "demo"));
        missing.removeIf(verb -> help.out().contains("\n  " + verb + " "));
        assertEquals(new TreeSet<String>(), missing);
    }

    private void awaitRefusedConnections() throws Exception {
        Eventually.until("the proxy accepts no more connections", Duration.ofSeconds(10), () -> {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                return false;
            } catch (IOException e) {
                return true;
            }
        });
    }

    private Connection connect(String tenant) throws Exception {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + tenant,
                app.server().user(),
                app.server().password());
    }

    private Ended cutover(String... arguments) throws Exception {
        return CutoverProcess.run(environment, arguments);
    }

    private static JsonNode json(Ended ended) throws Exception {
        assertEquals(0, ended.exitCode(), ended::toString);
        return JSON.readTree(ended.out());
    }
}
