// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A type of the idle side that means something else is named before the flip. */
@ExtendWith(PostgresExtension.class)
class TypesBehaveAlikeIT {
    private static final String NAME = "types-behave-alike";

    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, level v1.level);
            CREATE TABLE v2.item (id int PRIMARY KEY, level v2.level);
            """;

    @Test
    void anEnumInAnotherOrderStopsTheFlip(TestServer server) throws Exception {
        String types = """
                CREATE TYPE v1.level AS ENUM ('low', 'middle', 'high');
                CREATE TYPE v2.level AS ENUM ('high', 'low', 'new', 'middle');
                CREATE TYPE v1.same AS ENUM ('a', 'b');
                CREATE TYPE v2.same AS ENUM ('a', 'between', 'b');
                """;
        try (Lifecycle cutover = Lifecycle.start(server, types + TABLES, Mapping.IDENTITY)) {
            cutover.app().execute("INSERT INTO v1.item VALUES (1, 'low'), (2, 'high')");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("enum v2.level sorts high < low < middle, and v1.level low < middle < high"),
                    Findings.blocking(cutover, NAME));
            Findings.assertRefused(cutover, "flip", NAME);
        }
    }

    @Test
    void anEnumThatLacksALabelStopsTheFlip(TestServer server) throws Exception {
        String types = """
                CREATE TYPE v1.level AS ENUM ('low', 'middle', 'high');
                CREATE TYPE v2.level AS ENUM ('low', 'high');
                """;
        try (Lifecycle cutover = Lifecycle.start(server, types + TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(List.of("enum v2.level lacks labels of v1.level: middle"), Findings.blocking(cutover, NAME));
        }
    }

    @Test
    void aCollationThatSortsOtherwiseStopsTheFlip(TestServer server) throws Exception {
        String types = """
                CREATE TYPE v1.level AS ENUM ('low');
                CREATE TYPE v2.level AS ENUM ('low');
                CREATE COLLATION v1.mine FROM "C";
                CREATE COLLATION v2.mine (provider = icu, locale = 'und');
                """;
        try (Lifecycle cutover = Lifecycle.start(server, types + TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(1, Findings.blocking(cutover, NAME).size());
            Findings.assertRefused(cutover, "flip", NAME);
        }
    }

    @Test
    void otherDomainsCompositesAndRangesAreNotes(TestServer server) throws Exception {
        String types = """
                CREATE DOMAIN v1.level AS int CHECK (VALUE > 0);
                CREATE DOMAIN v2.level AS int CHECK (VALUE > 1);
                CREATE DOMAIN v1.same AS v1.level CHECK (VALUE > 0);
                CREATE DOMAIN v2.same AS v2.level CHECK (VALUE > 0);
                CREATE TYPE v1.pair AS (a int, b v1.same);
                CREATE TYPE v2.pair AS (a int, b v2.same, c text);
                CREATE TYPE v1.span AS RANGE (SUBTYPE = int);
                CREATE TYPE v2.span AS RANGE (SUBTYPE = bigint);
                """;
        try (Lifecycle cutover = Lifecycle.start(server, types + TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of(
                            "composite type pair differs: in v1 it is a integer, b same, in v2 a integer, b same, c text",
                            "domain level differs: in v1 it is integer CHECK ((VALUE > 0)), in v2 integer CHECK ((VALUE > 1))",
                            "range type span differs: in v1 it is of integer, in v2 of bigint"),
                    Findings.notes(cutover, NAME));
            cutover.run("flip");
        }
    }
}
