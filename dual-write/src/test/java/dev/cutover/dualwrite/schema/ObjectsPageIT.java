// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code docs/objects.md} says of every catalog and column that describes a schema what a move does with it. */
@ExtendWith(PostgresExtension.class)
class ObjectsPageIT {
    private static final Path PAGE = Path.of("../docs/objects.md");

    private static final Pattern NAME = Pattern.compile("`(pg_[a-z_]+(?:\\.[a-z]+)?)`");
    private static final Pattern ROW = Pattern.compile("^\\| (.+?) \\| (.+?) \\| (.+?) \\|(.*) \\|$");
    private static final Pattern LINK = Pattern.compile("(?m)^\\[(\\w+)\\]: (\\S+)$");

    /** Describe no property of an object, but how PostgreSQL finds and keeps it; or repeat what another column says. */
    private static final Set<String> BOOKKEEPING = Set.of(
            // Whole catalogs.
            "pg_depend",
            "pg_shdepend",
            "pg_init_privs",
            "pg_statistic",
            "pg_class.oid",
            "pg_class.reltype",
            "pg_class.relfilenode",
            "pg_class.relpages",
            "pg_class.reltuples",
            "pg_class.relallvisible",
            "pg_class.relallfrozen",
            "pg_class.relhasindex",
            "pg_class.relisshared",
            "pg_class.relnatts",
            "pg_class.relchecks",
            "pg_class.relrewrite",
            "pg_class.relfrozenxid",
            "pg_class.relminmxid",
            "pg_attribute.attrelid",
            "pg_attribute.attlen",
            "pg_attribute.attndims",
            "pg_attribute.attcacheoff",
            "pg_attribute.attbyval",
            "pg_attribute.attalign",
            "pg_attribute.atthasmissing",
            "pg_attribute.attmissingval",
            "pg_attribute.attisdropped",
            "pg_attribute.attislocal",
            "pg_attribute.attinhcount",
            "pg_proc.oid",
            "pg_proc.pronamespace",
            "pg_proc.pronargs",
            "pg_proc.pronargdefaults",
            "pg_type.oid",
            "pg_type.typnamespace",
            "pg_type.typisdefined",
            "pg_type.typrelid",
            "pg_type.typarray",
            "pg_type.typndims",
            "pg_type.typdefaultbin",
            "pg_constraint.oid",
            "pg_constraint.connamespace",
            "pg_constraint.conrelid",
            "pg_constraint.contypid",
            "pg_constraint.conindid",
            "pg_constraint.conparentid",
            "pg_constraint.conislocal",
            "pg_constraint.coninhcount",
            "pg_constraint.conpfeqop",
            "pg_constraint.conppeqop",
            "pg_constraint.conffeqop",
            "pg_sequence.seqrelid",
            "pg_index.indexrelid",
            "pg_index.indrelid",
            "pg_index.indnatts",
            "pg_index.indcheckxmin",
            "pg_index.indisready",
            "pg_index.indislive");

    /** On the page, and not in every version from 13 to 18. */
    private static final Set<String> OF_SOME_VERSIONS = Set.of(
            "pg_publication_namespace",
            "pg_attribute.attcompression",
            "pg_proc.prosqlbody",
            "pg_type.typsubscript",
            "pg_constraint.confdelsetcols",
            "pg_constraint.conperiod",
            "pg_constraint.conenforced",
            "pg_index.indnullsnotdistinct");

    private static final String CATALOGS = """
            SELECT DISTINCT fktable::text FROM pg_get_catalog_foreign_keys()
            WHERE pktable IN ('pg_class'::regclass, 'pg_namespace'::regclass)""";

    private static final String COLUMNS = """
            SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'pg_catalog'::regnamespace AND a.attnum > 0 AND c.relname IN
                ('pg_class', 'pg_attribute', 'pg_proc', 'pg_type', 'pg_constraint', 'pg_sequence', 'pg_index')""";

    private static final String ALL = """
            SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
            UNION ALL
            SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'pg_catalog'::regnamespace""";

    @Test
    void everyCatalogAndColumnIsOnThePage(TestDatabase database) throws Exception {
        assertComplete(database);
    }

    @Test
    void everyCatalogAndColumnOfTheInstalledVersionIsOnThePage() throws Exception {
        try (TestServer installed = TestServer.installed()) {
            assertComplete(installed.createDatabase());
        }
    }

    @Test
    void whatThePageSaysThatTheProxyDoesIsTested() throws IOException {
        List<String> lines = Files.readAllLines(PAGE);
        Set<String> linked = new TreeSet<>();
        Matcher links = LINK.matcher(String.join("\n", lines));
        while (links.find()) {
            assertTrue(Files.exists(PAGE.resolveSibling(links.group(2))), links.group());
            linked.add(links.group(1));
        }
        List<Matcher> rows = lines.stream()
                .map(ROW::matcher)
                .filter(row -> row.matches() && !row.group(1).equals("---"))
                .filter(row -> !row.group(4).contains("tests"))
                .toList();

        assertTrue(rows.size() > 60, "rows: " + rows.size());
        for (Matcher row : rows) {
            boolean done = Stream.of("carried", "refused", "noted").anyMatch(row.group(3)::startsWith);
            List<String> tests = Stream.of(row.group(4).split("[\\[\\], ]+"))
                    .filter(test -> !test.isBlank())
                    .toList();
            assertTrue(linked.containsAll(tests), row.group());
            assertTrue(
                    !done || !tests.isEmpty() || row.group(3).contains("not tested"), () -> "no test: " + row.group());
        }
    }

    private static void assertComplete(TestDatabase database) throws Exception {
        Set<String> documented = names();
        Set<String> catalogs = new TreeSet<>(
                database.query("SELECT current_setting('server_version_num')::int >= 140000")
                                .contains("t")
                        ? database.query(CATALOGS)
                        : List.of());
        catalogs.addAll(database.query(COLUMNS));
        catalogs.removeAll(documented);
        catalogs.removeAll(BOOKKEEPING);

        assertEquals(Set.of(), catalogs, "neither on the page nor bookkeeping");

        Set<String> unknown = new TreeSet<>(documented);
        unknown.removeAll(database.query(ALL));
        unknown.removeAll(OF_SOME_VERSIONS);
        assertEquals(Set.of(), unknown, "on the page and in no catalog");
    }

    private static Set<String> names() throws IOException {
        return NAME.matcher(Files.readString(PAGE))
                .results()
                .map(found -> found.group(1))
                // A catalog is on the page with one of its columns.
                .flatMap(name -> Stream.of(name, name.split("\\.")[0]))
                .filter(name -> !name.equals("pg_get_functiondef"))
                .collect(toCollection(TreeSet::new));
    }
}
