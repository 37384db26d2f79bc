// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cutover.config.Mapping;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.SideVersion;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(PostgresExtension.class)
class VersionsIT {
    private static final List<String> BLUE = List.of(
            "CREATE TABLE parent (id int PRIMARY KEY)",
            "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES parent, a text)");

    @TempDir
    private Path migrations;

    @BeforeEach
    void write() throws Exception {
        Files.writeString(migrations.resolve("V1__tables.sql"), String.join(";", BLUE));
        Files.writeString(migrations.resolve("V2__b.sql"), """
                CREATE TYPE mood AS ENUM ('well', 'ill');
                ALTER TABLE t ADD COLUMN b mood NOT NULL DEFAULT 'well';
                CREATE INDEX t_a ON t (a);
                CREATE VIEW unwell AS SELECT id FROM t WHERE b = 'ill';
                CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
                """);
    }

    @Test
    void whatACutoverDoesToASideIsNoDrift(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, BLUE, migrations, Mapping.IDENTITY, Layout.INLINE)) {
            SideVersion untouched = cutover.versions().get(0);
            assertNull(untouched.version());
            assertNull(untouched.drift());
            assertNotNull(untouched.unknownDrift());
            cutover.attempt("baseline", new VerbRequest.Baseline("1"));

            for (String verb : List.of("prepare", "mirror", "backfill", "verify", "flip", "complete")) {
                cutover.run(verb);

                SideVersion blue = cutover.versions().get(0);
                SideVersion green = cutover.versions().get(1);
                assertEquals("1 []", blue.version() + " " + blue.drift(), verb);
                assertEquals("2 [] []", green.version() + " " + green.drift() + " " + green.problems(), verb);
            }
            assertEquals(Side.GREEN, cutover.versions().get(1).side());
        }
    }

    @Test
    void whatOthersDoPastTheMigrationsIsNamed(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, BLUE, migrations, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.run("prepare", "mirror");
            Files.writeString(migrations.resolve("V2__b.sql"), "SELECT 1");

            cutover.green()
                    .execute("ALTER TABLE v2.t ADD COLUMN c int DEFAULT 7; DROP INDEX v2.t_a;"
                            + " ALTER TYPE v2.mood ADD VALUE 'so so'; ALTER TABLE v2.t ALTER COLUMN a TYPE varchar(9)");

            SideVersion green = cutover.versions().get(1);
            assertEquals(
                    List.of(
                            "- column t.a text",
                            "- enum mood 'well', 'ill'",
                            "- index CREATE INDEX t_a ON t USING btree (a)",
                            "+ column t.a character varying(9)",
                            "+ column t.c integer default 7",
                            "+ enum mood 'well', 'ill', 'so so'"),
                    green.drift());
            assertNotNull(green.problems());
            assertEquals(1, green.problems().size(), green::toString);
        }
    }
}
