// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.CutoverConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A directory with a configuration file, what that names, and an environment. */
final class ConfigDirectory {
    static final String VERIFIER =
            "SCRAM-SHA-256$4096:AAECAwQFBgcICQoLDA0ODw==$" + "A".repeat(43) + "=:" + "B".repeat(43) + "=";

    /** The configuration of the handbook, whole. */
    static final String FULL = """
            listen:  {host: 127.0.0.1, port: 7432}
            admin:   {host: 127.0.0.1, port: 7480, token: {env: CUTOVER_TOKEN}, users: [dba]}
            control: {url: "jdbc:postgresql://127.0.0.1:5432/cutover", user: cutover, password: {env: CONTROL_PASSWORD}}
            auth:
              method: scram-sha-256
              users:
                app: {password: {file: app.password}}
                reporter: {verifier: "%s"}
              query:
                cluster: main
                database: postgres
                user: auth_reader
                password: reads
                sql: "SELECT rolpassword FROM pg_authid WHERE rolname = $1"
                cache: 10s
            clusters:
              main: {host: db.internal, port: 5433, pool: {size: 30, min-idle: 3, idle-timeout: 5m, max-lifetime: 2h, check-delay: 0s}}
            tenants:
              acme:
                database: acme_db
                blue:  {cluster: main, database: app, schema: acme_v1}
                green: {cluster: main, database: app, schema: acme_v2}
                search-path: [shared, public]
                maintenance: {user: owner, password: plain, schema: cutover_acme}
                migrations: {tool: flyway, locations: [db/acme]}
                mapping: mapping/acme-v2.yaml
                mirror: inline
                bypassing-writers: undo
                drain-timeout: 1500ms
                compare-reads: 0.25
                backfill: {rate: 5000, workers: 3, max-replica-lag: 2s, max-slowdown: 1.2, max-proof-age: 10m}
                pool-size: 12
                pool-mode: session
                users: [app, reporter]
                replication: logical
                pinned: terminate
                shares-roles-with: [globex]
                changed-results: restart
                tags: {plan: free}
              globex:
                blue: {cluster: main, database: globex}
            """.formatted(VERIFIER);

    static final String MAPPING = """
            tables:
              customers:
                green: clients
                key: [id]
                up: {first_name: "split_part(name, ' ', 1)"}
                down: {name: "first_name || ' ' || last_name"}
            ignore: [audit_log]
            """;

    private final Path directory;
    private final Map<String, String> environment =
            new HashMap<>(Map.of("CUTOVER_TOKEN", "token-from-env", "CONTROL_PASSWORD", "control-from-env"));

    ConfigDirectory(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("db/acme"));
        Files.createDirectories(directory.resolve("mapping"));
        write("app.password", "password-from-file\n");
        write("mapping/acme-v2.yaml", MAPPING);
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    CutoverConfig load(String yaml) throws ConfigException, IOException {
        write("cutover.yaml", yaml);
        return ConfigLoader.load(path("cutover.yaml"), environment::get);
    }

    /** The complaint about a file, without the file's own name, which must begin it. */
    String complaint(String file, String yaml) throws IOException {
        try {
            load(yaml);
        } catch (ConfigException e) {
            String name = path(file) + ": ";
            return e.getMessage().startsWith(name) ? e.getMessage().substring(name.length()) : e.getMessage();
        }
        return "";
    }
}
