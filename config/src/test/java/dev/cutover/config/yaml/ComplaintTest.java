// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cutover.config.CutoverConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every complaint is one line with the file, the path in it and what is wrong. */
class ComplaintTest {
    @TempDir
    private Path temporary;

    private ConfigDirectory directory;

    @BeforeEach
    void setUp() throws Exception {
        directory = new ConfigDirectory(temporary);
    }

    /** A piece of the whole configuration, what stands in its place, and the complaint. */
    static Stream<Arguments> mistakes() {
        return Stream.of(
                arguments(
                        "listen:  {",
                        "lisen:  {",
                        "lisen: unknown key; known here: listen, admin, control, auth, limits, snapshots, campaigns, clusters, tenant-templates, tenants-from, tenants, features"),
                arguments(
                        "auth:",
                        "aut:",
                        "aut: unknown key; known here: listen, admin, control, auth, limits, snapshots, campaigns, clusters, tenant-templates, tenants-from, tenants, features"),
                arguments(
                        "port: 7432",
                        "prot: 7432",
                        "listen.prot: unknown key; known here: tls, reuse-port, drain-delay, host, port"),
                arguments("port: 7432", "port: 70000", "listen.port: must be a whole number from 0 to 65535"),
                arguments("port: 7432", "port: \"7432\"", "listen.port: must be a whole number from 0 to 65535"),
                arguments(
                        "port: 7480, ",
                        "port: 7480, tls: on, ",
                        "admin.tls: unknown key; known here: token, host, port, users"),
                arguments(
                        "{env: CUTOVER_TOKEN}",
                        "{env: NOT_SET}",
                        "admin.token.env: the environment variable NOT_SET" + " is not set"),
                arguments(
                        "{env: CUTOVER_TOKEN}",
                        "{evn: CUTOVER_TOKEN}",
                        "admin.token: needs exactly one of env and" + " file"),
                arguments("{env: CUTOVER_TOKEN}", "{file: empty}", "admin.token.file: DIR/empty is empty"),
                arguments(
                        "{file: app.password}",
                        "{file: none}",
                        "auth.users.app.password.file: cannot read" + " DIR/none"),
                arguments(
                        "\"jdbc:postgresql:",
                        "\"postgresql:",
                        "control.url: must be a JDBC URL that begins with" + " jdbc:postgresql:"),
                arguments(
                        "5432/cutover",
                        "5432/cutover?ssl=true&password=hunter2",
                        "control.url: must not hold the user or the password; they have keys of their own"),
                arguments("user: cutover, ", "", "control.user: is missing"),
                arguments(
                        "method: scram-sha-256",
                        "method: scram",
                        "auth.method: must be one of trust, scram-sha-256," + " not \"scram\""),
                arguments(
                        "reporter: {verifier:",
                        "reporter: {verifyer:",
                        "auth.users.reporter: needs a password or a" + " verifier"),
                arguments(
                        "A=:B",
                        "A=B",
                        "auth.users.reporter.verifier: must be of the form"
                                + " SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey"),
                arguments(
                        "$4096:",
                        "$:",
                        "auth.users.reporter.verifier: must be of the form"
                                + " SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey"),
                arguments(
                        "BBBB=\"",
                        "BB=\"",
                        "auth.users.reporter.verifier: must be of the form"
                                + " SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey"),
                arguments(
                        "cluster: main\n    database: postgres",
                        "cluster: mian\n    database: postgres",
                        "auth.query.cluster: there is no cluster \"mian\"; clusters has main"),
                arguments(
                        "rolname = $1",
                        "rolname = current_user",
                        "auth.query.sql: must name the user as $1, and have no other parameter"),
                arguments(
                        "rolname = $1",
                        "rolname = $1 AND $2",
                        "auth.query.sql: must name the user as $1, and have no other parameter"),
                arguments("user: auth_reader", "role: auth_reader", "auth.query.user: is missing"),
                arguments(
                        "cache: 10s",
                        "ttl: 10s",
                        "auth.query.ttl: unknown key; known here: sql, cluster, database, password, user, cache"),
                arguments("{host: db.internal, ", "{", "clusters.main.host: is missing"),
                arguments(
                        "{host: db.internal, ",
                        "{hosts: [], ",
                        "clusters.main.port: goes without hosts, which names every server with its port"),
                arguments("{host: db.internal, port: 5433", "{hosts: []", "clusters.main.hosts: names no server"),
                arguments(
                        "{host: db.internal, port: 5433",
                        "{hosts: [\"a:5432\", \"b c\"]",
                        "clusters.main.hosts[1]: must be host, host:port or [address]:port"),
                arguments(
                        "{host: db.internal, port: 5433",
                        "{hosts: [a, \"b:70000\"]",
                        "clusters.main.hosts[1]: has no port between 1 and 65535"),
                arguments(
                        "{host: db.internal, port: 5433",
                        "{hosts: [a, \"a:5432\"]",
                        "clusters.main.hosts[1]: names a:5432 again"),
                arguments("port: 5433", "port: 0", "clusters.main.port: must be a whole number from 1 to 65535"),
                arguments("size: 30", "size: 0", "clusters.main.pool.size: must be a whole number from 1 to 10000"),
                arguments(
                        "max-lifetime: 2h",
                        "max-age: 2h",
                        "clusters.main.pool.max-age: unknown key; known here: size, min-idle, idle-timeout,"
                                + " max-lifetime, check-delay"),
                arguments(
                        "min-idle: 3",
                        "min-idle: 31",
                        "clusters.main.pool.min-idle: must not be more than size, which is 30"),
                arguments(
                        "idle-timeout: 5m",
                        "idle-timeout: never",
                        "clusters.main.pool.idle-timeout: must be a duration such as 500ms, 2s or 1m, not \"never\""),
                arguments(
                        "pool: {size: 30, min-idle: 3, idle-timeout: 5m, max-lifetime: 2h, check-delay: 0s}",
                        "pool: 30",
                        "clusters.main.pool: must be a mapping of keys"),
                arguments(
                        "pool-size: 12",
                        "pool-size: -1",
                        "tenants.acme.pool-size: must be a whole number from 0 to 10000"),
                arguments(
                        "pool-mode: session",
                        "pool-mode: statement",
                        "tenants.acme.pool-mode: must be one of transaction, session, not \"statement\""),
                arguments(
                        "replication: logical",
                        "replication: physical",
                        "tenants.acme.replication: must be one of refuse, logical, any, not \"physical\""),
                arguments(
                        "pinned: terminate",
                        "pinned: kill",
                        "tenants.acme.pinned: must be one of wait, terminate, not \"kill\""),
                arguments(
                        "changed-results: restart",
                        "changed-results: retry",
                        "tenants.acme.changed-results: must be one of error, restart, not \"retry\""),
                arguments(
                        "users: [app, reporter]",
                        "users: []",
                        "tenants.acme.users: names no role; leave it out to let all roles in"),
                arguments("users: [app, reporter]", "users: app", "tenants.acme.users: must be a list"),
                arguments(
                        "blue:  {cluster: main",
                        "blue:  {cluster: mian",
                        "tenants.acme.blue.cluster: there is no" + " cluster \"mian\"; clusters has main"),
                arguments(
                        "blue: {cluster: main, database: globex}",
                        "green: {cluster: main, database: globex}",
                        "tenants.globex.blue: is missing"),
                arguments(
                        "database: acme_db",
                        "database: globex",
                        "tenants.globex.database: \"globex\" is already the" + " database of tenant acme"),
                arguments(
                        "database: acme_db",
                        "database: cutover",
                        "tenants.acme.database: \"cutover\" is the name of the admin database; clients of the tenant"
                                + " need another one"),
                arguments("users: [dba]", "users: dba", "admin.users: must be a list"),
                arguments(
                        "  globex:",
                        "  glo/bex:",
                        "tenants.glo/bex: a tenant's name is made of letters, digits,"
                                + " \"_\", \"-\" and \".\", at most 63"),
                arguments(
                        "drain-timeout: 1500ms",
                        "drain-timeout: 2",
                        "tenants.acme.drain-timeout: must be a duration" + " such as 500ms, 2s or 1m, not \"2\""),
                arguments(
                        "drain-timeout: 1500ms",
                        "drain-timeout: soon",
                        "tenants.acme.drain-timeout: must be a" + " duration such as 500ms, 2s or 1m, not \"soon\""),
                arguments(
                        "compare-reads: 0.25",
                        "compare-reads: 1.5",
                        "tenants.acme.compare-reads: must be a number from 0 to 1"),
                arguments(
                        "compare-reads: 0.25",
                        "compare-reads: all",
                        "tenants.acme.compare-reads: must be a number from 0 to 1"),
                arguments(
                        "max-slowdown: 1.2",
                        "max-slowdown: 0.9",
                        "tenants.acme.backfill.max-slowdown: must be a number above 1, to 1000, or 0 for no limit"),
                arguments(
                        "workers: 3",
                        "workers: 0",
                        "tenants.acme.backfill.workers: must be a whole number from 1 to 32"),
                arguments(
                        "rate: 5000",
                        "rates: 5000",
                        "tenants.acme.backfill.rates: unknown key; known here: rate, workers, max-replica-lag, max-slowdown,"
                                + " max-proof-age"),
                arguments(
                        "drain-timeout:",
                        "drain-timeot:",
                        "tenants.acme.drain-timeot: unknown key; known here:"
                                + " template, database, blue, green, maintenance, search-path, migrations, mapping, mirror,"
                                + " bypassing-writers, drain-timeout, compare-reads, backfill, users, pool-size, pool-mode,"
                                + " replication, pinned, shares-roles-with, changed-results, tags"),
                arguments(
                        "mirror: inline",
                        "mirror: both",
                        "tenants.acme.mirror: must be one of inline, deferred, not" + " \"both\""),
                arguments(
                        "app, schema: acme_v2}",
                        "app2, schema: acme_v2}",
                        "tenants.acme.mirror: must be deferred: inline needs both sides in one database, and green lies"
                                + " in another one than blue"),
                arguments("schema: acme_v2", "schema: acme_v1", "tenants.acme.green.schema: is also blue's schema"),
                arguments(", schema: acme_v2", "", "tenants.acme.green.schema: blue and green both need a schema"),
                arguments(
                        "{cluster: main, database: globex}",
                        "{cluster: main, database: app, schema: acme_v2}",
                        "tenants.globex.blue: is also a side of tenant acme; tenants that move cannot share a schema"),
                arguments(
                        "    maintenance: {user: owner, password: plain, schema: cutover_acme}\n",
                        "",
                        "tenants.acme.maintenance: is"
                                + " missing; a tenant with a green side needs the role that moves its data"),
                arguments(
                        "schema: cutover_acme}",
                        "schema: marks}",
                        "tenants.acme.maintenance.schema: is \"marks\"; it must be cutover, or cutover_ and lower-case"
                                + " letters, digits and \"_\", at most 63 in all"),
                arguments(
                        "{cluster: main, database: globex}",
                        "{cluster: main, database: app, schema: cutover_acme}",
                        "tenants.globex.blue.schema: is the schema in which the marks of tenant acme are kept"),
                arguments(
                        "{user: owner, password: plain, schema: cutover_acme}",
                        "{password: plain}",
                        "tenants.acme.maintenance.user: is" + " missing"),
                arguments("[db/acme]", "[db/none]", "tenants.acme.migrations.locations: there is no DIR/db/none"),
                arguments(
                        "[db/acme]",
                        "[app.password]",
                        "tenants.acme.migrations.locations: DIR/app.password is not a" + " directory"),
                arguments("[db/acme]", "[]", "tenants.acme.migrations.locations: names no directory"),
                arguments("[db/acme]", "db/acme", "tenants.acme.migrations.locations: must be a list"),
                arguments(
                        "tool: flyway",
                        "tool: rake",
                        "tenants.acme.migrations.tool: must be one of flyway, liquibase, not \"rake\""),
                arguments("tool: flyway", "tool: liquibase", "tenants.acme.migrations.changelog: is missing"),
                arguments(
                        "{tool: flyway, locations: [db/acme]}",
                        "{tool: liquibase, changelog: db/acme}",
                        "tenants.acme.migrations.changelog: DIR/db/acme is not a file"),
                arguments("[shared, public]", "[shared, []]", "tenants.acme.search-path[1]: must be a single value"),
                arguments("database: acme_db", "database: \"\"", "tenants.acme.database: must not be empty"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistakeIsNamedWithItsPlace(String right, String wrong, String complaint) throws Exception {
        directory.write("empty", "\n");
        assertTrue(ConfigDirectory.FULL.contains(right), right);

        String told = directory.complaint(
                "cutover.yaml",
                ConfigDirectory.FULL.replaceFirst(
                        java.util.regex.Pattern.quote(right), java.util.regex.Matcher.quoteReplacement(wrong)));

        assertEquals(complaint.replace("DIR", temporary.toString()), told);
    }

    static Stream<Arguments> wholeFiles() {
        return Stream.of(
                arguments(
                        "",
                        "must be a mapping with the keys listen, admin, control, auth, limits, snapshots, campaigns, clusters, tenant-templates, tenants-from, tenants and features"),
                arguments(
                        "[]",
                        "must be a mapping with the keys listen, admin, control, auth, limits, snapshots, campaigns, clusters, tenant-templates, tenants-from, tenants and features"),
                arguments("listen: {}\n", "control: is missing"),
                arguments(
                        "control: {url: \"jdbc:postgresql:x\", user: x}\nauth: {method: trust}\n",
                        "clusters: is missing"),
                arguments(
                        "control: {url: \"jdbc:postgresql:x\", user: x}\nauth: {method: trust}\nclusters: {}\n",
                        "clusters: names no cluster"),
                arguments(
                        "control: {url: \"jdbc:postgresql:x\", user: x}\nauth: {method: trust}\n"
                                + "clusters: {main: {host: h}}\ntenants: {}\n",
                        "tenants: names no tenant"),
                arguments(
                        "control: {url: \"jdbc:postgresql:x\", user: x}\n",
                        "auth.users: is missing; scram-sha-256 needs each user's password or verifier, or auth.query to"
                                + " look it up"),
                arguments(
                        "listen: {host: 10.0.0.1}\ncontrol: {url: \"jdbc:postgresql:x\", user: x}\n"
                                + "auth: {method: trust}\n",
                        "auth.method: trust is allowed on loopback only, and listen.host"
                                + " is 10.0.0.1; use scram-sha-256"),
                arguments(
                        "listen: {host: 127.example.com}\ncontrol: {url: \"jdbc:postgresql:x\", user: x}\n"
                                + "auth: {method: trust}\n",
                        "auth.method: trust is allowed on loopback only, and listen.host"
                                + " is 127.example.com; use scram-sha-256"),
                arguments("listen: {port: 1}\nlisten: {port: 2}\n", "line 2: not valid YAML: Duplicate field 'listen'"),
                arguments("listen: {port: 1\nadmin: 2\n", "line 2: not valid YAML: while parsing a flow mapping"),
                arguments("listen: &here {port: 1}\nadmin: *here\n", "line 2: YAML aliases are not understood"),
                arguments(
                        ConfigDirectory.FULL
                                .replace(
                                        "{cluster: main, database: globex}",
                                        "{cluster: alias, database: app, schema: acme_v2}")
                                .replace("clusters:\n", "clusters:\n  alias: {host: db.internal, port: 5433}\n"),
                        "tenants.globex.blue: is also a side of tenant acme; tenants that move cannot share a schema"),
                arguments(
                        ConfigDirectory.FULL
                                .replace(
                                        "{cluster: main, database: globex}",
                                        "{cluster: main, database: app, schema: cutover_acme}")
                                .replaceFirst("(?s)(tenants:\n)(  acme:.*?)(  globex:.*)", "$1$3$2"),
                        "tenants.acme.maintenance.schema: is also a side of tenant globex"),
                arguments(
                        "listen:\n\tport: 1\n",
                        "line 1: not valid YAML: while scanning for the next token; line 2 is indented with a tab, YAML wants spaces"),
                arguments(
                        "listen: {port: 1}\nadmin: {host: \"127.0.0.1}\ncontrol: {}\n",
                        "line 2: not valid YAML: while scanning a quoted scalar; a quote in line 2 is not closed, or one within quotes is not doubled"),
                arguments(
                        "listen: {port: 1}\nadmin: {token: @secret}\n",
                        "line 2: not valid YAML: while scanning for the next token; a value in line 2 begins with a character that must be quoted"),
                arguments(ConfigDirectory.FULL + "---\nlisten: {}\n", "holds more than one YAML document"));
    }

    @ParameterizedTest
    @MethodSource("wholeFiles")
    void aFileThatCannotBeUsedIsNamed(String yaml, String complaint) throws Exception {
        String told = directory.complaint("cutover.yaml", yaml);

        assertEquals(complaint, told);
    }

    static Stream<Arguments> mappings() {
        return Stream.of(
                arguments("tabels: {}\n", "tabels: unknown key; known here: tables, ignore"),
                arguments("tables: [customers]\n", "tables: must be a mapping of names"),
                arguments("tables: {customers: clients}\n", "tables.customers: must be a mapping of keys"),
                arguments(
                        "tables: {customers: {grene: clients}}\n",
                        "tables.customers.grene: unknown key; known here: green, key, up, down, blue-parts,"
                                + " green-parts, drop, drop-green, append-only"),
                arguments("tables: {a: {append-only: 1}}\n", "tables.a.append-only: must be true or false"),
                arguments(
                        "tables: {a: {append-only: true, key: [id]}}\n",
                        "tables.a.key: a table that is append-only moves without a key"),
                arguments(
                        "tables: {a: {append-only: true, green-parts: {b: {}}}}\n",
                        "tables.a.append-only: a table that is append-only must be one table on either side"),
                arguments("tables: {a: {drop: mail}}\n", "tables.a.drop: must be a list"),
                arguments("ignore: [{table: a}]\n", "ignore[0].reason: is missing"),
                arguments("ignore: [{table: a, reason: ''}]\n", "ignore[0].reason: must not be empty"),
                arguments("ignore: [{table: a, why: b}]\n", "ignore[0].reason: is missing"),
                arguments("tables: {customers: {key: id}}\n", "tables.customers.key: must be a list"),
                arguments("tables: {customers: {up: [a]}}\n", "tables.customers.up: must be a mapping of names"),
                arguments("tables: {customers: {up: {name: }}}\n", "tables.customers.up.name: must not be empty"),
                arguments(
                        "tables: {a: {green: c}, b: {green: c}}\n",
                        "tables.b.green: the green table \"c\" already stands under tables.a"),
                arguments(
                        "tables: {a: {}, b: {green: a}}\n",
                        "tables.b.green: the green table \"a\" already stands under tables.a"),
                arguments(
                        "tables: {a: {green-parts: {b: {}}}, b: {}}\n",
                        "tables.b.green: the green table \"b\" already stands under tables.a.green-parts"),
                arguments(
                        "tables: {a: {blue-parts: {b: {}}}, b: {green: c}}\n",
                        "tables.b: the blue table \"b\" already stands under tables.a.blue-parts"),
                arguments(
                        "tables: {a: {blue-parts: {b: {}}}}\nignore: [b]\n",
                        "ignore: \"b\" also stands under tables.a.blue-parts"),
                arguments(
                        "tables: {a: {green-parts: {b: {down: {}}}}}\n",
                        "tables.a.green-parts.b.down: unknown key; known here: up, when"),
                arguments(
                        "tables: {a: {green-parts: {b: {when: ''}}}}\n",
                        "tables.a.green-parts.b.when: must not be empty"),
                arguments("tables: {a: {}}\nignore: [a]\n", "ignore: \"a\" also stands under tables"),
                arguments("ignore: a\n", "ignore: must be a list"));
    }

    @ParameterizedTest
    @MethodSource("mappings")
    void aMistakeInAMappingFileIsNamedWithItsPlaceAndIsItsTenantsAlone(String yaml, String complaint) throws Exception {
        directory.write("mapping/acme-v2.yaml", yaml);

        CutoverConfig config = directory.load(ConfigDirectory.FULL);

        assertEquals(directory.path("mapping/acme-v2.yaml") + ": " + complaint, problem(config));
    }

    @Test
    void aMappingFileThatIsMissingIsItsTenantsAlone() throws Exception {
        String file = ConfigDirectory.FULL.replace("mapping/acme-v2.yaml", "mapping/none.yaml");

        CutoverConfig config = directory.load(file);

        assertTrue(
                problem(config).endsWith("tenants.acme.mapping: there is no " + temporary + "/mapping/none.yaml"),
                problem(config));
    }

    private static String problem(CutoverConfig config) {
        return config.tenants().get("acme").mapping().problem();
    }

    @Test
    void aMissingFileIsNamed() {
        Path none = temporary.resolve("none.yaml");

        ConfigException complaint = assertThrows(ConfigException.class, () -> ConfigLoader.load(none));

        assertEquals(none + ": there is no such file", complaint.getMessage());
    }

    @Test
    void aFileThatIsNoTextIsNamed() throws Exception {
        Path binary =
                Files.write(temporary.resolve("binary.yaml"), "name: caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));

        ConfigException complaint = assertThrows(ConfigException.class, () -> ConfigLoader.load(binary));

        assertEquals(binary + ": is not a text in UTF-8", complaint.getMessage());
    }
}
