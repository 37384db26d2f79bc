// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example pipelines: what they say is run, step by step, before a proxy. */
@ExtendWith(PostgresExtension.class)
class PipelinesIT {
    private static final Path EXAMPLES =
            Path.of("..", "examples", "pipelines").toAbsolutePath().normalize();
    private static final Pattern LISTENING =
            Pattern.compile("listens on 127\\.0\\.0\\.1:\\d+, admin API on 127\\.0\\.0\\.1:(\\d+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private TestDatabase app;
    private CutoverProcess proxy;
    private Map<String, String> environment;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        app.execute("CREATE SCHEMA v1; CREATE TABLE v1.t (id int PRIMARY KEY, a text);"
                + "INSERT INTO v1.t SELECT i, 'row' FROM generate_series(1, 100) AS i");
        Path migrations = Files.createDirectory(directory.resolve("db"));
        Files.writeString(
                migrations.resolve("V2__wider.sql"),
                "CREATE TABLE t (id bigint PRIMARY KEY, a text NOT NULL DEFAULT '')");
        String config = Configurations.good(app, control)
                .replace("drain-timeout: 500ms", "drain-timeout: 2s\n    migrations: {locations: [db]}");
        Path file = Files.writeString(directory.resolve("cutover.yaml"), config);
        proxy = CutoverProcess.start(Map.of("ADMIN_TOKEN", Configurations.TOKEN), "proxy", "--config", file.toString());
        Matcher matcher = LISTENING.matcher(proxy.firstLine());
        assertTrue(matcher.find());
        Path bin = Files.createDirectory(directory.resolve("bin"));
        Files.writeString(bin.resolve("cutover"), CutoverProcess.script());
        Files.setPosixFilePermissions(bin.resolve("cutover"), PosixFilePermissions.fromString("rwxr-xr-x"));
        environment = new HashMap<>(Map.of(
                "CUTOVER_ADMIN",
                "http://127.0.0.1:" + matcher.group(1),
                "CUTOVER_TOKEN",
                Configurations.TOKEN,
                "TENANT",
                "acme",
                "PATH",
                bin + ":" + System.getenv("PATH")));
    }

    @AfterEach
    void tearDown() {
        proxy.kill();
    }

    private record Ended(int exitCode, String output) {}

    /** As a runner does: with bash, at the root of what was checked out. */
    private Ended bash(String command) throws IOException, InterruptedException {
        Path workspace = directory.resolve("workspace");
        if (Files.notExists(workspace)) {
            Files.createDirectories(workspace);
            Files.createSymbolicLink(workspace.resolve("examples"), EXAMPLES.getParent());
        }
        ProcessBuilder builder = new ProcessBuilder("bash", "-e", "-c", command)
                .directory(workspace.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
        return new Ended(process.exitValue(), output);
    }

    /** The scripts of a pipeline, in the order of its jobs. */
    private static List<String> scripts(String pipeline) throws IOException {
        JsonNode root = new YAMLMapper().readTree(EXAMPLES.resolve(pipeline).toFile());
        List<String> scripts = new ArrayList<>(root.findValuesAsText("run"));
        scripts.addAll(root.findValuesAsText("bash"));
        root.findValues("script").forEach(lines -> lines.forEach(line -> scripts.add(line.asText())));
        return scripts;
    }

    @ParameterizedTest
    @ValueSource(strings = {"github-actions.yml", "azure-pipelines.yml"})
    void movesATenant(String pipeline) throws Exception {
        List<String> scripts = scripts(pipeline);
        assertEquals(3, scripts.size(), scripts::toString);
        for (String script : scripts) {
            Ended ended = bash(script);
            assertEquals(0, ended.exitCode(), ended::output);
        }

        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve("workspace/run-acme.jsonl"))) {
            lines.add(JSON.readTree(line));
        }
        assertEquals(
                List.of("prepare", "mirror", "backfill", "verify", ""),
                lines.stream().map(line -> line.path("verb").asText()).toList());
        assertEquals("READY", lines.get(4).path("phase").asText());
        Ended status = bash("cutover status acme --json");
        assertEquals("GREEN", JSON.readTree(status.output()).path("serving").asText());
        assertEquals("STEADY", JSON.readTree(status.output()).path("phase").asText());
        assertEquals(List.of("100"), app.query("SELECT count(*) FROM v2.t"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"github-campaign.yml", "azure-campaign.yml", "gitlab-campaign.yml"})
    void runsACampaign(String pipeline) throws Exception {
        Path manifest = Files.writeString(directory.resolve("manifest.yaml"), """
                campaign: wider
                tenants: {match: acme}
                waves: [{name: all}]
                complete: {after: 0s}
                """);
        environment.put("MANIFEST", manifest.toString());
        List<String> scripts = scripts(pipeline);
        assertEquals(1, scripts.size(), scripts::toString);

        Ended ended = bash(scripts.get(0));
        Ended again = bash(scripts.get(0));

        assertEquals(0, ended.exitCode(), ended::output);
        assertEquals(0, again.exitCode(), again::output);
        assertTrue(ended.output().contains("campaign wider: 1 tenant in 1 wave"), ended::output);
        assertTrue(again.output().contains("no tenant has failed"), again::output);
        assertTrue(Files.exists(directory.resolve("workspace/campaign-wider.html")));
        assertEquals(List.of("100"), app.query("SELECT count(*) FROM v2.t"));
    }

    @Test
    void aFailedCheckRollsBack() throws Exception {
        assertEquals(0, bash("examples/pipelines/prepare.sh acme").exitCode());
        environment.put("SMOKE", "exit 3");

        Ended ended = bash("examples/pipelines/flip.sh acme");

        assertEquals(1, ended.exitCode(), ended::output);
        assertTrue(ended.output().contains("acme was rolled back"), ended::output);
        Ended status = bash("cutover status acme --json");
        assertEquals("BLUE", JSON.readTree(status.output()).path("serving").asText());
    }

    @Test
    void runStopsAtARefusalAndGoesOnWhenItIsRunAgain() throws Exception {
        app.execute("CREATE TABLE v1.extra (id int PRIMARY KEY)");

        Ended refused = bash("cutover run acme --flip");

        // Only the migrations make green's tables, so the mapping is judged after them: 3 would say that nothing has
        // changed.
        assertEquals(1, refused.exitCode(), refused::output);
        assertTrue(refused.output().contains("green has no table extra"), refused::output);
        assertTrue(refused.output().contains("1 migrations were applied"), refused::output);
        app.execute("DROP TABLE v1.extra");
        Ended ended = bash("cutover run acme --flip");
        assertEquals(0, ended.exitCode(), ended::output);
        assertTrue(ended.output().contains("run acme: REVERSIBLE, green serves"), ended::output);
        assertEquals(0, bash("cutover run acme --flip").exitCode(), "there already");
    }

    @Test
    void watchShowsEachChangeUntilThePhaseIsReached() throws Exception {
        CutoverProcess watch =
                CutoverProcess.start(environment, "watch", "acme", "--interval", "100", "--until", "READY");
        String first = watch.firstLine();
        assertEquals(0, bash("cutover run acme").exitCode());

        CutoverProcess.Ended ended = watch.awaitEnd();

        assertTrue(first.contains("STEADY     blue serves, epoch 1"), first);
        assertEquals(0, ended.exitCode(), ended::err);
        String[] lines = ended.out().split("\n");
        assertTrue(lines[lines.length - 1].contains("READY"), ended::out);
    }
}
