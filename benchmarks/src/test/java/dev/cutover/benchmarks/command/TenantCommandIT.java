// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.benchmarks.command.CutoverProcess.Ended;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code cutover tenant} against a running proxy: what it prints, and its exit codes. */
@ExtendWith(PostgresExtension.class)
class TenantCommandIT {
    private static final Pattern LISTENING =
            Pattern.compile("cutover listens on .*, admin API on 127\\.0\\.0\\.1:(\\d+)");

    @TempDir
    private Path directory;

    private String entry;
    private CutoverProcess proxy;
    private Map<String, String> environment;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        app.execute("CREATE SCHEMA v1; CREATE SCHEMA v2");
        Path file = Files.writeString(directory.resolve("cutover.yaml"), Configurations.good(app, control));
        entry = "shares-roles-with: ['*']\nblue: {cluster: main, database: " + app.name() + "}\n";
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
    void aTenantComesChangesAndGoesAndEachCommandMayBeRepeated() throws Exception {
        String file = Files.writeString(directory.resolve("entry.yaml"), entry).toString();

        succeeds("tenant initech added", "add", "initech", "--file", file, "--tag", "plan=free");
        succeeds(
                "tenant initech is declared already; nothing to do",
                "add",
                "initech",
                "--file",
                file,
                "--tag",
                "plan=free");
        succeeds("tenant initech changed", "set", "initech", "--tag", "plan=paid", "--untag", "region");
        succeeds("tenant initech has this entry already; nothing to do", "set", "initech", "--tag", "plan=paid");
        String tagged =
                CutoverProcess.run(environment, "tenants", "--tag", "plan=paid").out();
        assertTrue(tagged.contains("initech") && !tagged.contains("acme"), tagged);
        JsonNode listed = new ObjectMapper()
                .readTree(CutoverProcess.run(environment, "tenant", "list", "--output", "json")
                        .out());
        assertEquals("initech", listed.at("/tenants/0/tenant").asText());
        assertEquals("COMMAND", listed.at("/tenants/0/source").asText());
        succeeds("tenant initech removed", "remove", "initech");
        succeeds("tenant initech is not there; nothing to do", "remove", "initech");
        succeeds("no tenant is declared outside the configuration file", "list");
    }

    @Test
    void aMistakeEndsWithTwoAndARefusalWithThree() throws Exception {
        Path mistaken = Files.writeString(directory.resolve("entry.yaml"), entry.replace("main", "mian"));

        fails(2, "tenants.initech.blue.cluster: there is no cluster \"mian\"", "add", "initech", "--file", mistaken);
        fails(2, "--file: cannot read", "add", "initech", "--file", directory.resolve("none"));
        fails(2, "there is no template \"shop\"", "add", "initech", "--template", "shop");
        fails(2, "say what to change", "set", "initech");
        fails(2, "name one of add, set, remove and list");
        fails(3, "the configuration file declares tenant acme", "remove", "acme");
        fails(3, "tenant initech is not declared", "set", "initech", "--tag", "plan=paid");
    }

    private void succeeds(String line, Object... arguments) throws Exception {
        Ended ended = run(arguments);
        assertEquals(0, ended.exitCode(), ended::toString);
        assertEquals(line, ended.out());
    }

    private void fails(int code, String reason, Object... arguments) throws Exception {
        Ended ended = run(arguments);
        assertEquals(code, ended.exitCode(), ended::toString);
        assertTrue(ended.err().contains(reason), ended::err);
    }

    private Ended run(Object... arguments) throws Exception {
        String[] words = new String[arguments.length + 1];
        words[0] = "tenant";
        for (int i = 0; i < arguments.length; i++) {
            words[i + 1] = arguments[i].toString();
        }
        return CutoverProcess.run(environment, words);
    }
}
