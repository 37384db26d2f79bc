// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import dev.cutover.cli.admin.AdminClient;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.launch.ProxyRuntime;
import dev.cutover.config.launch.ProxyRuntime.EmbeddedServer;
import dev.cutover.config.launch.ProxyRuntime.RunningProxy;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import dev.cutover.config.yaml.ConfigLoader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HexFormat;

/**
 * A shop with three tenants and twelve small ones on an embedded PostgreSQL, and a proxy before it. Clients log in with a role of their tenant's
 * own; the role {@code shop} owns the tables and moves the data. Neither is a superuser.
 */
public final class Sandbox implements AutoCloseable {
    /** Where the green side of initech lies. */
    static final String OTHER_DATABASE = "app2";

    private final EmbeddedServer server;
    private final RunningProxy proxy;
    private final Path configFile;
    private final Path tokenFile;
    private final AdminClient admin;

    private Sandbox(EmbeddedServer server, RunningProxy proxy, Path configFile, Path tokenFile, AdminClient admin) {
        this.server = server;
        this.proxy = proxy;
        this.configFile = configFile;
        this.tokenFile = tokenFile;
        this.admin = admin;
    }

    /**
     * Starts all of it with the shop's data in blue.
     *
     * @param directory where the configuration and the token are written
     * @param listenPort the proxy's port; 0 takes a free one
     * @param adminPort the same
     */
    public static Sandbox start(ProxyRuntime runtime, Path directory, int listenPort, int adminPort)
            throws StartupException, ConfigException, IOException, SQLException {
        Path shop = Path.of(System.getProperty("cutover.home", "."))
                .toAbsolutePath()
                .resolve("examples/shop");
        if (!Files.isDirectory(shop)) {
            throw new StartupException("there is no " + shop + "; start this with the launcher script cutover");
        }
        Files.createDirectories(directory);
        String token = newToken();
        Path tokenFile = directory.resolve("token");
        Files.deleteIfExists(tokenFile);
        Files.createFile(tokenFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(tokenFile, token + "\n");
        EmbeddedServer server = runtime.startEmbedded();
        try {
            Path tables = shop.resolve("db/V1__shop.sql");
            ShopData.create(server.port(), tables);
            BranchData.create(server.port(), tables);
            Path configFile = directory.resolve("cutover.yaml").toAbsolutePath();
            Files.writeString(configFile, config(server.port(), listenPort, adminPort, shop));
            CutoverConfig config = ConfigLoader.load(configFile);
            RunningProxy proxy = runtime.start(config);
            AdminClient admin = new AdminClient(URI.create("http://127.0.0.1:" + proxy.adminPort()), token);
            return new Sandbox(server, proxy, configFile, tokenFile, admin);
        } catch (StartupException | ConfigException | IOException | SQLException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static String config(int postgresPort, int listenPort, int adminPort, Path shop) {
        return """
                listen:  {host: 127.0.0.1, port: %2$d}
                admin:   {host: 127.0.0.1, port: %3$d, token: {file: token}}
                control: {url: "jdbc:postgresql://127.0.0.1:%1$d/cutover", user: cutover}
                auth:    {method: trust}
                clusters:
                  main: {host: 127.0.0.1, port: %1$d, pool: {size: 40}}
                tenants:
                  # The demo's clients log in to all tenants as one role. In production, give each tenant its own in users.
                  acme:
                    shares-roles-with: [globex, initech]
                    blue:  {cluster: main, database: app, schema: acme_v1}
                    green: {cluster: main, database: app, schema: acme_v2}
                    maintenance: {user: shop}
                    migrations: {tool: flyway, locations: ["%4$s/db"]}
                    mapping: "%4$s/mapping/shop-v2.yaml"
                    mirror: inline
                    drain-timeout: 2s
                    # Its clients keep the machine busy: with less, the copying would take minutes.
                    backfill: {max-slowdown: 4}
                  globex:
                    shares-roles-with: [initech]
                    blue: {cluster: main, database: app, schema: globex_v1}
                  initech:
                    blue:  {cluster: main, database: app, schema: initech_v1}
                    green: {cluster: main, database: app2, schema: initech_v2}
                    maintenance: {user: shop}
                    migrations: {tool: flyway, locations: ["%4$s/db"]}
                    mapping: "%4$s/mapping/shop-v2.yaml"
                    mirror: deferred
                    drain-timeout: 2s
                    # Its clients keep the machine busy: with less, the copying would take minutes.
                    backfill: {max-slowdown: 4}
                """.formatted(postgresPort, listenPort, adminPort, shop)
                + BranchData.entries()
                + BranchData.template(shop);
    }

    /** A connection of a tenant's application, through the proxy. */
    Connection connect(String tenant) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + tenant, tenant, "");
    }

    /** A connection past the proxy, to look at the tables themselves. */
    Connection connectDirectly(String database) throws SQLException {
        return ShopData.connect(server.port(), database, "postgres");
    }

    /** A connection past the proxy, as the tenant's own role. */
    Connection bypass(String tenant, String database, String schema) throws SQLException {
        Connection connection = ShopData.connect(server.port(), database, tenant);
        connection.setSchema(schema);
        return connection;
    }

    public AdminClient admin() {
        return admin;
    }

    public String postgresVersion() {
        return server.version();
    }

    public int postgresPort() {
        return server.port();
    }

    public int port() {
        return proxy.port();
    }

    public int adminPort() {
        return proxy.adminPort();
    }

    public Path configFile() {
        return configFile;
    }

    public Path tokenFile() {
        return tokenFile;
    }

    private static String newToken() {
        byte[] bytes = new byte[18];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
        proxy.close();
        server.close();
    }
}
