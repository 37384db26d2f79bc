// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.testing.InstalledPostgres;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.lifecycle.Layout;
import dev.cutover.proxy.lifecycle.Lifecycle;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** After an abort, pg_dump tells no difference in what serves; after a complete, nothing of the transition is left. */
@ExtendWith(PostgresExtension.class)
@Tag("slow")
class AbortIT {
    private static TestServer installed;

    /** pg_dump refuses servers that are newer than itself. */
    @BeforeAll
    static void start() throws Exception {
        installed = TestServer.installed();
    }

    @AfterAll
    static void stop() throws Exception {
        installed.close();
    }

    @ParameterizedTest
    @EnumSource(Sample.class)
    void leavesTheServingSideAsItWas(Sample sample) throws Exception {
        try (Lifecycle cutover = sample.start(installed, Layout.INLINE)) {
            cutover.app()
                    .execute("COMMENT ON SCHEMA v1 IS 'ours'; CREATE ROLE \"reader " + sample + "\";"
                            + "GRANT USAGE ON SCHEMA v1 TO \"reader " + sample
                            + "\"; GRANT SELECT ON ALL TABLES IN SCHEMA v1 TO \"reader "
                            + sample + "\"");
            String before = dump(cutover.app(), "v1");

            cutover.run("prepare", "abort");
            assertEquals(before, dump(cutover.app(), "v1"));
            clean(cutover);
            cutover.run("prepare", "mirror", "abort");
            assertEquals(before, dump(cutover.app(), "v1"));
            clean(cutover);
            cutover.run("prepare", "mirror", "backfill", "verify", "abort");
            assertEquals(before, dump(cutover.app(), "v1"));
            clean(cutover);

            cutover.run("prepare");
            cutover.run("abort");
            String green = dump(cutover.app(), "v2");
            clean(cutover);
            cutover.run("prepare", "mirror", "backfill", "verify", "flip", "complete");

            assertEquals(before, dump(cutover.app(), "v1"));
            assertEquals(green, dump(cutover.app(), "v2"));
            assertEquals(
                    List.of(),
                    cutover.app()
                            .query(
                                    "SELECT proname FROM pg_proc WHERE pronamespace = 'cutover'::regnamespace AND proname LIKE"
                                            + " 'net%' UNION ALL SELECT tbl FROM cutover.parked UNION ALL SELECT tbl FROM"
                                            + " cutover.dirty_key UNION ALL SELECT tbl FROM cutover.backfill"));
        }
    }

    private static void clean(Lifecycle cutover) throws Exception {
        cutover.app().execute("DROP SCHEMA v2 CASCADE");
    }

    private static String dump(TestDatabase database, String schema) throws Exception {
        Process process = new ProcessBuilder(
                        InstalledPostgres.program("pg_dump"),
                        "--schema-only",
                        "--schema=" + schema,
                        "--dbname=postgresql://" + database.server().user() + "@127.0.0.1:"
                                + database.server().port() + "/" + database.name())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text.replaceAll("(?m)^\\\\(un)?restrict .*$", "");
    }
}
