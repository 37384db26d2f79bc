// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.AuthConfig.User;
import dev.cutover.config.CampaignsConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ControlConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.ListenTls;
import dev.cutover.config.Login;
import dev.cutover.config.MemoryLimits;
import dev.cutover.config.PoolConfig;
import dev.cutover.config.Rollover;
import dev.cutover.config.Secret;
import dev.cutover.config.SnapshotsConfig;
import dev.cutover.config.TenantCatalog;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantEntries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a configuration file and checks it whole. Nothing is silently corrected; a key that is not known is refused. */
public final class ConfigLoader {
    /** A salt of any length and two keys of 32 bytes. */
    private static final Pattern VERIFIER = Pattern.compile(
            "SCRAM-SHA-256\\$[1-9][0-9]{0,8}:[A-Za-z0-9+/]+={0,2}\\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=");

    /** The first parameter, and no other. */
    private static final Pattern AUTH_QUERY = Pattern.compile("(?s)^(?=.*\\$1(?![0-9]))(?!.*\\$([02-9]|1[0-9]))");

    private static final List<String> KEYS = List.of(
            "listen",
            "admin",
            "control",
            "auth",
            "limits",
            "snapshots",
            "campaigns",
            "clusters",
            "tenant-templates",
            "tenants-from",
            "tenants",
            "features");

    private static final Duration CATALOG_EVERY = Duration.ofSeconds(10);
    private static final Duration CATALOG_LEAST = Duration.ofSeconds(1);

    private final Path file;
    private final UnaryOperator<@Nullable String> environment;

    private ConfigLoader(Path file, UnaryOperator<@Nullable String> environment) {
        this.file = file;
        this.environment = environment;
    }

    /** Loads the file; secrets given as {@code {env: NAME}} come from the process's environment. */
    public static CutoverConfig load(Path file) throws ConfigException {
        return load(file, System::getenv);
    }

    static CutoverConfig load(Path file, UnaryOperator<@Nullable String> environment) throws ConfigException {
        return new ConfigLoader(file, environment).load();
    }

    private CutoverConfig load() throws ConfigException {
        YamlNode root = YamlNode.read(file);
        if (!root.isObject()) {
            throw root.complaint(
                    "must be a mapping with the keys listen, admin, control, auth, limits, snapshots, campaigns, clusters, tenant-templates, tenants-from, tenants and features");
        }
        // A misspelt key first: without it, what it was to say would be found missing.
        for (String key : KEYS) {
            root.get(key);
        }
        root.noOtherKeys();
        YamlNode listenNode = root.get("listen");
        ListenTls listenTls = new TlsLoader(file).listen(listenNode.get("tls"));
        Rollover rollover = new Rollover(
                listenNode.get("reuse-port").flag(),
                listenNode.get("drain-delay").duration(Rollover.DEFAULT.drainDelay()));
        Endpoint listen = endpoint(listenNode, 6432);
        AdminConfig admin = admin(root.get("admin"));
        ControlConfig control = control(root.require("control"));
        AuthConfig auth = auth(root.get("auth"), listen);
        Limits limits = limits(root.get("limits"));
        SnapshotsConfig snapshots = snapshots(root.get("snapshots"));
        CampaignsConfig campaigns = campaigns(root.get("campaigns"));
        Map<String, ClusterConfig> clusters = clusters(root.require("clusters"));
        AuthConfig.Query query = auth.query();
        if (query != null && !clusters.containsKey(query.cluster())) {
            throw root.get("auth")
                    .get("query")
                    .get("cluster")
                    .complaint(TenantLoader.noCluster(query.cluster(), clusters.keySet()));
        }
        TenantTemplates templates = TenantTemplates.load(root.get("tenant-templates"));
        TenantCatalog catalog = catalog(root.get("tenants-from"), clusters, templates);
        boolean declaredElsewhere =
                catalog != null || root.get("tenant-templates").present();
        Map<String, TenantConfig> tenants = new TenantsLoader(
                        clusters, templates, new TenantLoader(file, clusters, this::secret))
                .load(declaredElsewhere ? root.get("tenants") : root.require("tenants"), declaredElsewhere);
        TenantEntries entries = new EntryLoader(templates, () -> new TenantLoader(file, clusters, this::secret));
        return new CutoverConfig(
                listen,
                listenTls,
                rollover,
                admin,
                control,
                auth,
                limits,
                snapshots,
                campaigns,
                clusters,
                tenants,
                catalog,
                entries,
                FeaturesLoader.load(root.get("features")));
    }

    private @Nullable TenantCatalog catalog(
            YamlNode node, Map<String, ClusterConfig> clusters, TenantTemplates templates) throws ConfigException {
        if (!node.present()) {
            return null;
        }
        YamlNode template = node.get("template");
        TenantCatalog catalog = new TenantCatalog(
                node.require("cluster").text(),
                node.require("database").text(),
                login(node),
                node.require("sql").text(),
                node.get("every").duration(CATALOG_EVERY),
                template.textOrNull());
        node.noOtherKeys();
        if (!clusters.containsKey(catalog.cluster())) {
            throw node.get("cluster").complaint(TenantLoader.noCluster(catalog.cluster(), clusters.keySet()));
        }
        if (catalog.every().compareTo(CATALOG_LEAST) < 0) {
            throw node.get("every").complaint("must be at least 1s");
        }
        if (catalog.template() != null && !templates.has(catalog.template())) {
            throw template.complaint(templates.none(catalog.template()));
        }
        return catalog;
    }

    private static Endpoint endpoint(YamlNode node, int defaultPort) throws ConfigException {
        Endpoint endpoint = new Endpoint(
                node.get("host").textOr("127.0.0.1"), node.get("port").integer(defaultPort, 0, 65_535));
        node.noOtherKeys();
        return endpoint;
    }

    private static Limits limits(YamlNode node) throws ConfigException {
        Limits defaults = Limits.DEFAULT;
        Limits limits = new Limits(
                node.get("max-clients").integer(defaults.maxClients(), 0, 1_000_000),
                node.get("max-clients-per-tenant").integer(defaults.maxClientsPerTenant(), 0, 1_000_000),
                node.get("max-clients-per-address").integer(defaults.maxClientsPerAddress(), 0, 1_000_000),
                node.get("login-timeout").duration(defaults.loginTimeout()),
                node.get("idle-in-transaction-timeout").duration(defaults.idleInTransactionTimeout()),
                node.get("query-timeout").duration(defaults.queryTimeout()),
                node.get("pool-wait-timeout").duration(defaults.poolWaitTimeout()),
                new MemoryLimits(
                        node.get("memory-per-session").bytes(defaults.memory().perSession()),
                        node.get("memory-per-tenant").bytes(defaults.memory().perTenant()),
                        node.get("memory").bytes(defaults.memory().inAll())));
        if (limits.poolWaitTimeout().isZero()) {
            throw node.get("pool-wait-timeout").complaint("must be longer than nothing");
        }
        node.noOtherKeys();
        return limits;
    }

    private SnapshotsConfig snapshots(YamlNode node) throws ConfigException {
        YamlNode directory = node.get("directory");
        YamlNode programs = node.get("programs");
        SnapshotsConfig snapshots = new SnapshotsConfig(path(directory), path(programs));
        if (snapshots.programs() != null) {
            for (String program : List.of("pg_dump", "pg_restore")) {
                Path executable = snapshots.programs().resolve(program);
                if (!Files.isExecutable(executable)) {
                    throw programs.complaint("has no " + program + " that can be run: " + executable);
                }
            }
        }
        node.noOtherKeys();
        return snapshots;
    }

    private CampaignsConfig campaigns(YamlNode node) throws ConfigException {
        YamlNode commands = node.get("commands");
        CampaignsConfig campaigns = new CampaignsConfig(path(commands));
        if (campaigns.commands() != null && !Files.isDirectory(campaigns.commands())) {
            throw commands.complaint("is no directory: " + campaigns.commands());
        }
        node.noOtherKeys();
        return campaigns;
    }

    private @Nullable Path path(YamlNode node) throws ConfigException {
        return node.present() ? file.toAbsolutePath().resolveSibling(node.text()) : null;
    }

    private AdminConfig admin(YamlNode node) throws ConfigException {
        YamlNode token = node.get("token");
        AdminConfig admin = new AdminConfig(
                new Endpoint(
                        node.get("host").textOr("127.0.0.1"), node.get("port").integer(6480, 0, 65_535)),
                token.present() ? secret(token) : null,
                node.get("users").texts());
        node.noOtherKeys();
        return admin;
    }

    private ControlConfig control(YamlNode node) throws ConfigException {
        YamlNode url = node.require("url");
        if (!url.text().startsWith("jdbc:postgresql:")) {
            throw url.complaint("must be a JDBC URL that begins with jdbc:postgresql:");
        }
        if (url.text().matches(".*[?&](user|password)=.*")) {
            throw url.complaint("must not hold the user or the password; they have keys of their own");
        }
        ControlConfig control = new ControlConfig(url.text(), login(node));
        node.noOtherKeys();
        return control;
    }

    private Login login(YamlNode node) throws ConfigException {
        YamlNode password = node.get("password");
        return new Login(node.require("user").text(), password.present() ? secret(password) : null);
    }

    private AuthConfig auth(YamlNode node, Endpoint listen) throws ConfigException {
        YamlNode methodNode = node.get("method");
        AuthConfig.Method method = methodNode.choice(AuthConfig.Method.class, AuthConfig.Method.SCRAM_SHA_256);
        if (method == AuthConfig.Method.TRUST && !listen.loopback()) {
            throw methodNode.complaint(
                    "trust is allowed on loopback only, and listen.host is " + listen.host() + "; use scram-sha-256");
        }
        YamlNode usersNode = node.get("users");
        Map<String, User> users = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : usersNode.children().entrySet()) {
            users.put(entry.getKey(), user(entry.getValue()));
        }
        YamlNode queryNode = node.get("query");
        AuthConfig.Query query = queryNode.present() ? query(queryNode) : null;
        if (method == AuthConfig.Method.SCRAM_SHA_256 && users.isEmpty() && query == null) {
            throw usersNode.complaint(
                    "is missing; scram-sha-256 needs each user's password or verifier, or auth.query to look it up");
        }
        node.noOtherKeys();
        return new AuthConfig(method, users, query);
    }

    private AuthConfig.Query query(YamlNode node) throws ConfigException {
        YamlNode sql = node.require("sql");
        if (!AUTH_QUERY.matcher(sql.text()).find()) {
            throw sql.complaint("must name the user as $1, and have no other parameter");
        }
        AuthConfig.Query query = new AuthConfig.Query(
                node.require("cluster").text(),
                node.require("database").text(),
                login(node),
                sql.text(),
                node.get("cache").duration(Duration.ofSeconds(60)));
        node.noOtherKeys();
        return query;
    }

    private User user(YamlNode node) throws ConfigException {
        YamlNode password = node.get("password");
        YamlNode verifier = node.get("verifier");
        User user =
                new User(password.present() ? secret(password) : null, verifier.present() ? secret(verifier) : null);
        if (user.password() == null && user.verifier() == null) {
            throw node.complaint("needs a password or a verifier");
        }
        if (user.verifier() != null
                && !VERIFIER.matcher(user.verifier().value()).matches()) {
            throw verifier.complaint("must be of the form SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey");
        }
        node.noOtherKeys();
        return user;
    }

    private Map<String, ClusterConfig> clusters(YamlNode node) throws ConfigException {
        Map<String, ClusterConfig> clusters = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : node.children().entrySet()) {
            YamlNode cluster = entry.getValue();
            clusters.put(
                    entry.getKey(),
                    new ClusterConfig(
                            entry.getKey(),
                            hosts(cluster),
                            cluster.get("failover-timeout").duration(ClusterConfig.FAILOVER_TIMEOUT),
                            pool(cluster.get("pool")),
                            new TlsLoader(file).cluster(cluster.get("tls"))));
            cluster.noOtherKeys();
        }
        if (clusters.isEmpty()) {
            throw node.complaint("names no cluster");
        }
        return clusters;
    }

    /** {@code host} and {@code port}, or {@code hosts}. */
    private static List<Endpoint> hosts(YamlNode cluster) throws ConfigException {
        YamlNode several = cluster.get("hosts");
        if (!several.present()) {
            return List.of(new Endpoint(
                    cluster.require("host").text(), cluster.get("port").integer(5432, 1, 65_535)));
        }
        for (String single : List.of("host", "port")) {
            if (cluster.get(single).present()) {
                throw cluster.get(single).complaint("goes without hosts, which names every server with its port");
            }
        }
        List<Endpoint> hosts = new ArrayList<>();
        for (YamlNode item : several.items()) {
            try {
                Endpoint host = Endpoint.parse(item.text(), 5432);
                if (hosts.contains(host)) {
                    throw item.complaint("names " + host + " again");
                }
                hosts.add(host);
            } catch (IllegalArgumentException e) {
                throw item.complaint(String.valueOf(e.getMessage()));
            }
        }
        if (hosts.isEmpty()) {
            throw several.complaint("names no server");
        }
        return hosts;
    }

    private static PoolConfig pool(YamlNode node) throws ConfigException {
        PoolConfig defaults = PoolConfig.DEFAULT;
        PoolConfig pool = new PoolConfig(
                node.get("size").integer(defaults.size(), 1, 10_000),
                node.get("min-idle").integer(defaults.minIdle(), 0, 10_000),
                node.get("idle-timeout").duration(defaults.idleTimeout()),
                node.get("max-lifetime").duration(defaults.maxLifetime()),
                node.get("check-delay").duration(defaults.checkDelay()));
        if (pool.minIdle() > pool.size()) {
            throw node.get("min-idle").complaint("must not be more than size, which is " + pool.size());
        }
        node.noOtherKeys();
        return pool;
    }

    /** A plain value, {@code {env: NAME}} or {@code {file: PATH}}. */
    private Secret secret(YamlNode node) throws ConfigException {
        if (!node.isObject()) {
            return new Secret(node.text());
        }
        YamlNode env = node.get("env");
        YamlNode secretFile = node.get("file");
        if (env.present() == secretFile.present()) {
            throw node.complaint("needs exactly one of env and file");
        }
        node.noOtherKeys();
        if (env.present()) {
            String value = environment.apply(env.text());
            if (value == null || value.isEmpty()) {
                throw env.complaint("the environment variable " + env.text() + " is not set");
            }
            return new Secret(value);
        }
        Path path = file.toAbsolutePath().resolveSibling(secretFile.text());
        String value;
        try {
            value = Files.readString(path).strip();
        } catch (IOException e) {
            throw secretFile.complaint("cannot read " + path);
        }
        if (value.isEmpty()) {
            throw secretFile.complaint(path + " is empty");
        }
        return new Secret(value);
    }
}
