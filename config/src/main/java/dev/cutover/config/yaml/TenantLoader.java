// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.BackfillPolicy;
import dev.cutover.config.BypassingWriters;
import dev.cutover.config.ChangedResults;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Login;
import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Mapping;
import dev.cutover.config.MigrationCode;
import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.MigrationsConfig.Tool;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.PinnedPolicy;
import dev.cutover.config.PoolMode;
import dev.cutover.config.Replication;
import dev.cutover.config.Secret;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one entry of {@code tenants}. */
final class TenantLoader {
    private final Path file;
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_-]{1,63}");
    private static final Pattern SCHEMA_NAME = Pattern.compile("cutover(_[a-z0-9_]{1,55})?");

    private final Map<String, ClusterConfig> clusters;
    private final SecretReader secrets;
    /** Many tenants may name the same file. */
    private final Map<Path, Mapping> mappings = new HashMap<>();

    TenantLoader(Path file, Map<String, ClusterConfig> clusters, SecretReader secrets) {
        this.file = file;
        this.clusters = clusters;
        this.secrets = secrets;
    }

    /** Reads a password or token. */
    @FunctionalInterface
    interface SecretReader {
        Secret read(YamlNode node) throws ConfigException;
    }

    TenantConfig load(String name, YamlNode node) throws ConfigException {
        // Read before: it chooses what completes the entry.
        node.get("template");
        String database = node.get("database").textOr(name);
        SideConfig blue = side(node.require("blue"));
        YamlNode greenNode = node.get("green");
        SideConfig green = greenNode.present() ? side(greenNode) : null;
        YamlNode maintenanceNode = node.get("maintenance");
        MaintenanceConfig maintenance = maintenanceNode.present() ? maintenance(maintenanceNode) : null;
        YamlNode searchPath = node.get("search-path");
        List<String> extra = searchPath.present() ? searchPath.texts() : List.of("public");
        YamlNode migrationsNode = node.get("migrations");
        MigrationsConfig migrations = migrationsNode.present() ? migrations(migrationsNode) : null;
        YamlNode mappingNode = node.get("mapping");
        Mapping mapping = mappingNode.present() ? mapping(mappingNode) : Mapping.IDENTITY;
        YamlNode mirrorNode = node.get("mirror");
        MirrorMode mirror = mirrorNode.choice(MirrorMode.class, MirrorMode.INLINE);
        BypassingWriters bypassing =
                node.get("bypassing-writers").choice(BypassingWriters.class, BypassingWriters.REFUSE);
        Duration drainTimeout = node.get("drain-timeout").duration(Duration.ofSeconds(2));
        double compareReads = node.get("compare-reads").share(0);
        BackfillPolicy backfill = backfill(node.get("backfill"));
        SessionPolicy sessions = sessions(node);
        Map<String, String> tags = tags(node.get("tags"));
        node.noOtherKeys();
        if (green != null) {
            checkMovable(greenNode, blue, green, mirrorNode, mirror);
            if (maintenance == null) {
                throw maintenanceNode.complaint(
                        "is missing; a tenant with a green side needs the role that moves its data");
            }
        }
        return new TenantConfig(
                name,
                database,
                blue,
                green,
                extra,
                maintenance,
                migrations,
                mapping,
                mirror,
                drainTimeout,
                sessions,
                compareReads,
                backfill,
                bypassing,
                tags);
    }

    private static Map<String, String> tags(YamlNode node) throws ConfigException {
        Map<String, String> tags = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> tag : node.children().entrySet()) {
            if (!TAG.matcher(tag.getKey()).matches()) {
                throw tag.getValue().complaint("a tag's name is made of letters, digits, \"_\" and \"-\", at most 63");
            }
            tags.put(tag.getKey(), tag.getValue().text());
        }
        return tags;
    }

    private static BackfillPolicy backfill(YamlNode node) throws ConfigException {
        BackfillPolicy usual = BackfillPolicy.DEFAULT;
        BackfillPolicy policy = new BackfillPolicy(
                node.get("rate").integer(usual.rate(), 0, 1_000_000_000),
                node.get("workers").integer(usual.workers(), 1, 32),
                node.get("max-replica-lag").duration(usual.maxReplicaLag()),
                node.get("max-slowdown").factor(usual.maxSlowdown()),
                node.get("max-proof-age").duration(usual.maxProofAge()));
        if (node.present()) {
            node.noOtherKeys();
        }
        return policy;
    }

    private static SessionPolicy sessions(YamlNode node) throws ConfigException {
        YamlNode usersNode = node.get("users");
        List<String> users = usersNode.present() ? usersNode.texts() : null;
        if (users != null && users.isEmpty()) {
            throw usersNode.complaint("names no role; leave it out to let all roles in");
        }
        return new SessionPolicy(
                node.get("pool-size").integer(SessionPolicy.DEFAULT.poolSize(), 0, 10_000),
                node.get("pool-mode").choice(PoolMode.class, SessionPolicy.DEFAULT.poolMode()),
                users,
                node.get("replication").choice(Replication.class, SessionPolicy.DEFAULT.replication()),
                node.get("pinned").choice(PinnedPolicy.class, SessionPolicy.DEFAULT.pinned()),
                node.get("shares-roles-with").texts(),
                node.get("changed-results").choice(ChangedResults.class, SessionPolicy.DEFAULT.changedResults()));
    }

    private static void checkMovable(
            YamlNode greenNode, SideConfig blue, SideConfig green, YamlNode mirrorNode, MirrorMode mirror)
            throws ConfigException {
        if (blue.schema() == null || green.schema() == null) {
            throw greenNode.get("schema").complaint("blue and green both need a schema");
        }
        if (!blue.sameDatabase(green)) {
            if (mirror == MirrorMode.INLINE) {
                throw mirrorNode.complaint(
                        "must be deferred: inline needs both sides in one database, and green lies in"
                                + " another one than blue");
            }
        } else if (blue.schema().equals(green.schema())) {
            throw greenNode.get("schema").complaint("is also blue's schema");
        }
    }

    private SideConfig side(YamlNode node) throws ConfigException {
        YamlNode clusterNode = node.require("cluster");
        String cluster = clusterNode.text();
        if (!clusters.containsKey(cluster)) {
            throw clusterNode.complaint(noCluster(cluster, clusters.keySet()));
        }
        String database = node.require("database").text();
        @Nullable String schema = node.get("schema").textOrNull();
        node.noOtherKeys();
        return new SideConfig(cluster, database, schema);
    }

    private MaintenanceConfig maintenance(YamlNode node) throws ConfigException {
        YamlNode password = node.get("password");
        Login login = new Login(node.require("user").text(), password.present() ? secrets.read(password) : null);
        YamlNode schemaNode = node.get("schema");
        String schema = schemaNode.textOr(MaintenanceConfig.DEFAULT_SCHEMA);
        if (!SCHEMA_NAME.matcher(schema).matches()) {
            throw schemaNode.complaint(
                    "is \"" + schema
                            + "\"; it must be cutover, or cutover_ and lower-case letters, digits and \"_\", at most 63 in all");
        }
        node.noOtherKeys();
        return new MaintenanceConfig(login, schema);
    }

    private MigrationsConfig migrations(YamlNode node) throws ConfigException {
        Tool tool = node.get("tool").choice(Tool.class, Tool.FLYWAY);
        MigrationsConfig migrations =
                tool == Tool.FLYWAY ? new MigrationsConfig(locations(node.require("locations"))) : changelog(node);
        node.noOtherKeys();
        return migrations;
    }

    private MigrationsConfig changelog(YamlNode node) throws ConfigException {
        YamlNode changelog = node.require("changelog");
        Path file = existing(changelog, changelog.text());
        if (!Files.isRegularFile(file)) {
            throw changelog.complaint(file + " is not a file");
        }
        return MigrationsConfig.liquibase(file, node.get("code").choice(MigrationCode.class, MigrationCode.REFUSE));
    }

    /** A mistake in the file is that tenant's alone: it is served, and cannot move. */
    private Mapping mapping(YamlNode node) throws ConfigException {
        String name = node.text();
        try {
            Path mappingFile = existing(node, name);
            Mapping known = mappings.get(mappingFile);
            if (known == null) {
                known = MappingLoader.load(mappingFile);
                mappings.put(mappingFile, known);
            }
            return known;
        } catch (ConfigException e) {
            return Mapping.invalid(String.valueOf(e.getMessage()));
        }
    }

    private List<Path> locations(YamlNode node) throws ConfigException {
        List<Path> locations = new ArrayList<>();
        for (String location : node.texts()) {
            Path directory = existing(node, location);
            if (!Files.isDirectory(directory)) {
                throw node.complaint(directory + " is not a directory");
            }
            locations.add(directory);
        }
        if (locations.isEmpty()) {
            throw node.complaint("names no directory");
        }
        return locations;
    }

    private Path existing(YamlNode node, String relative) throws ConfigException {
        Path path = file.toAbsolutePath().resolveSibling(relative).normalize();
        if (!Files.exists(path)) {
            throw node.complaint("there is no " + path);
        }
        return path;
    }

    static String noCluster(String name, Set<String> known) {
        return "there is no cluster \"" + name + "\"; clusters has " + String.join(", ", known);
    }
}
