// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pages show as a whole file is one. A block with {@code clusters:} is a configuration, with {@code tables:} a mapping. */
class DocumentedConfigTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```ya?ml[^\\n]*\\n(.*?)^```");
    private static final Pattern SECRET_FILE = Pattern.compile("\\{file: *\"?([^}\"]+)\"?}");
    private static final Pattern LOCATIONS = Pattern.compile("locations: *\\[\"?([^]\"]+)\"?]");
    private static final Pattern MAPPING = Pattern.compile("(?m)^ +mapping: *\"?([^\\s\"]+)\"?");

    @TempDir
    private Path directory;

    static Stream<String> configurations() throws IOException {
        return blocks("clusters:");
    }

    static Stream<String> mappings() throws IOException {
        return blocks("tables:");
    }

    private static Stream<String> blocks(String key) throws IOException {
        List<String> blocks = new ArrayList<>();
        for (Path page : pages()) {
            Matcher matcher = BLOCK.matcher(Files.readString(page));
            while (matcher.find()) {
                if (matcher.group(1).lines().anyMatch(line -> line.startsWith(key))) {
                    blocks.add(matcher.group(1));
                }
            }
        }
        return blocks.stream();
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        if (Files.exists(ROOT.resolve("README.md"))) {
            pages.add(ROOT.resolve("README.md"));
        }
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void aDocumentedConfigurationLoads(String yaml) throws Exception {
        make(SECRET_FILE, yaml, "secret");
        make(MAPPING, yaml, "tables: {}");
        Matcher locations = LOCATIONS.matcher(yaml);
        while (locations.find()) {
            for (String location : locations.group(1).split(", *")) {
                Files.createDirectories(directory.resolve(location));
            }
        }
        Path file = Files.writeString(directory.resolve("cutover.yaml"), yaml);

        assertDoesNotThrow(() -> ConfigLoader.load(file, name -> "from " + name));
    }

    private void make(Pattern reference, String yaml, String text) throws IOException {
        Matcher matcher = reference.matcher(yaml);
        while (matcher.find()) {
            Path file = directory.resolve(matcher.group(1));
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
    }

    @ParameterizedTest
    @MethodSource("mappings")
    void aDocumentedMappingLoads(String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("mapping.yaml"), yaml);

        assertDoesNotThrow(() -> MappingLoader.load(file));
    }

    @Test
    void everyKeyIsDocumented() throws Exception {
        String page = Files.readString(ROOT.resolve("docs/configuration.md"));

        Set<String> missing = new LinkedHashSet<>();
        for (String key : KEYS) {
            if (!page.contains("`" + key + "`")) {
                missing.add(key);
            }
        }

        assertTrue(missing.isEmpty(), () -> "not in docs/configuration.md: " + missing);
    }

    @Test
    void theExampleFilesLoad() throws Exception {
        try (Stream<Path> files = Files.walk(ROOT.resolve("examples"))) {
            List<Path> mappings = files.filter(file -> file.toString().contains("/mapping/")
                            && file.toString().endsWith(".yaml"))
                    .toList();

            assertFalse(mappings.isEmpty());
            for (Path mapping : mappings) {
                assertDoesNotThrow(() -> MappingLoader.load(mapping));
            }
        }
    }

    private static final List<String> KEYS = List.of(
            "listen.host",
            "listen.port",
            "listen.tls",
            "limits.max-clients",
            "limits.max-clients-per-tenant",
            "limits.max-clients-per-address",
            "limits.login-timeout",
            "limits.idle-in-transaction-timeout",
            "limits.query-timeout",
            "limits.pool-wait-timeout",
            "snapshots.directory",
            "snapshots.programs",
            "campaigns.commands",
            "clusters.NAME.tls",
            "admin.host",
            "admin.port",
            "admin.token",
            "admin.users",
            "control.url",
            "control.user",
            "control.password",
            "auth.method",
            "auth.users",
            "auth.query",
            "clusters.NAME.host",
            "clusters.NAME.port",
            "clusters.NAME.pool.size",
            "clusters.NAME.pool.min-idle",
            "clusters.NAME.pool.idle-timeout",
            "clusters.NAME.pool.max-lifetime",
            "clusters.NAME.pool.check-delay",
            "tenants.NAME.database",
            "tenants.NAME.blue",
            "tenants.NAME.green",
            "tenants.NAME.search-path",
            "tenants.NAME.maintenance",
            "tenants.NAME.migrations",
            "tenants.NAME.mapping",
            "tenants.NAME.mirror",
            "tenants.NAME.drain-timeout",
            "tenants.NAME.compare-reads",
            "tenants.NAME.backfill.rate",
            "tenants.NAME.backfill.workers",
            "tenants.NAME.backfill.max-replica-lag",
            "tenants.NAME.backfill.max-slowdown",
            "tenants.NAME.backfill.max-proof-age",
            "tenants.NAME.pool-size",
            "tenants.NAME.pool-mode",
            "tenants.NAME.users",
            "tenants.NAME.replication",
            "tenants.NAME.pinned",
            "tenants.NAME.shares-roles-with",
            "tenants.NAME.changed-results",
            "features.NAME.needs",
            "features.NAME.tenants",
            "tables.NAME.green",
            "tables.NAME.key",
            "tables.NAME.append-only",
            "tables.NAME.up",
            "tables.NAME.down",
            "tables.NAME.drop",
            "tables.NAME.drop-green",
            "ignore");
}
