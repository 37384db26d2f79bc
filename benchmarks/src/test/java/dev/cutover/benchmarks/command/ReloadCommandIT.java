// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.benchmarks.command.CutoverProcess.Ended;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A proxy process that is asked to read its configuration again: by the command, and by SIGHUP. */
@ExtendWith(PostgresExtension.class)
class ReloadCommandIT {
    private static final Pattern LISTENING =
            Pattern.compile("cutover listens on .*, admin API on 127\\.0\\.0\\.1:(\\d+)");

    @TempDir
    private Path directory;

    private TestDatabase control;
    private Path file;
    private String before;
    private CutoverProcess proxy;
    private Map<String, String> environment;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase controlDatabase) throws Exception {
        control = controlDatabase;
        app.execute("CREATE SCHEMA v1; CREATE SCHEMA v2");
        before = Configurations.good(app, controlDatabase);
        file = Files.writeString(directory.resolve("cutover.yaml"), before);
        proxy = CutoverProcess.start(Map.of("ADMIN_TOKEN", Configurations.TOKEN), "proxy", "--config", file.toString());
        Matcher matcher = LISTENING.matcher(proxy.firstLine());
        assertTrue(matcher.matches());
        environment =
                Map.of("CUTOVER_ADMIN", "http://127.0.0.1:" + matcher.group(1), "CUTOVER_TOKEN", Configurations.TOKEN);
    }

    @AfterEach
    void tearDown() {
        proxy.kill();
    }

    @Test
    void itTellsEachChangeAndEndsWithZero() throws Exception {
        Files.writeString(file, before.replace("drain-timeout: 500ms", "drain-timeout: 700ms"));

        Ended changed = reload();
        Ended unchanged = reload();

        assertEquals(0, changed.exitCode(), changed::toString);
        assertEquals("tenants.acme.drain-timeout: 500ms -> 700ms", changed.out());
        assertEquals(0, unchanged.exitCode(), unchanged::toString);
        assertEquals("nothing has changed", unchanged.out());
    }

    @Test
    void jsonSaysWhatWasAppliedAndWhatNeedsARestart() throws Exception {
        Files.writeString(
                file,
                before.replace("drain-timeout: 500ms", "drain-timeout: 700ms")
                        .replace("listen: {host: 127.0.0.1, port: 0}", "listen: {host: 127.0.0.1, port: 1}"));

        Ended ended = CutoverProcess.run(environment, "reload", "--output", "json");

        assertEquals(0, ended.exitCode(), ended::toString);
        JsonNode changes = new ObjectMapper().readTree(ended.out()).path("changes");
        assertEquals(2, changes.size(), ended::out);
        for (JsonNode change : changes) {
            assertEquals(
                    change.path("key").asText().startsWith("tenants."),
                    change.path("applied").asBoolean());
        }
    }

    @Test
    void aWrongFileEndsWithTwoAndNamesTheMistake() throws Exception {
        Files.writeString(file, before.replace("drain-timeout: 500ms", "drain-timeout: soon"));

        Ended ended = reload();

        assertEquals(2, ended.exitCode(), ended::toString);
        assertTrue(ended.err().contains("tenants.acme.drain-timeout"), ended::err);
        assertEquals(1, ended.err().lines().count(), ended::err);
    }

    @Test
    void aProxyThatIsNotThereEndsWithSix() throws Exception {
        assertEquals(
                6,
                CutoverProcess.run(environment, "reload", "--admin", "http://127.0.0.1:1")
                        .exitCode());
    }

    @Test
    void sighupReloadsToo() throws Exception {
        Files.writeString(file, before.replace("drain-timeout: 500ms", "drain-timeout: 700ms"));

        hangUp();
        awaitAudited("SUCCEEDED");
        Files.writeString(file, before.replace("drain-timeout: 500ms", "drain-timeout: soon"));
        hangUp();
        awaitAudited("REFUSED");

        assertEquals(
                List.of("SIGHUP"), control.query("SELECT DISTINCT actor FROM cutover.audit WHERE command = 'reload'"));
        Files.writeString(file, before.replace("drain-timeout: 500ms", "drain-timeout: 700ms"));
        assertEquals("nothing has changed", reload().out());
    }

    @Test
    void aProxyWhoseSighupIsIgnoredSaysSo() throws Exception {
        CutoverProcess ignoring = CutoverProcess.start(
                List.of("env", "--ignore-signal=HUP"),
                Map.of("ADMIN_TOKEN", Configurations.TOKEN),
                "proxy",
                "--config",
                file.toString());
        try {
            assertTrue(LISTENING.matcher(ignoring.firstLine()).matches());
            Eventually.until("a word about SIGHUP", Duration.ofMinutes(1), () -> ignoring.err()
                    .contains("SIGHUP is ignored in this process; use cutover reload"));
        } finally {
            ignoring.kill();
        }
    }

    private void hangUp() throws Exception {
        Process kill =
                new ProcessBuilder("kill", "-HUP", Long.toString(proxy.handle().pid())).start();
        assertEquals(0, kill.waitFor());
    }

    private void awaitAudited(String result) throws Exception {
        String entries = "SELECT 1 FROM cutover.audit WHERE command = 'reload' AND result = '" + result + "'";
        Eventually.until("a reload in the audit that has " + result, Duration.ofMinutes(1), () -> {
            boolean audited = !control.query(entries).isEmpty();
            assertTrue(audited || proxy.handle().isAlive(), "the proxy has ended");
            return audited;
        });
    }

    private Ended reload() throws Exception {
        return CutoverProcess.run(environment, "reload");
    }
}
