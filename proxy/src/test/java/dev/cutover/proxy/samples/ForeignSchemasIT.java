// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.lifecycle.Layout;
import dev.cutover.proxy.lifecycle.Lifecycle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Schemas of applications that have nothing to do with this one move to a next version and back under random load. Their SQL comes
 * from the applications' own packages.
 */
@ExtendWith(PostgresExtension.class)
@Tag("slow")
class ForeignSchemasIT {
    private static final int CLIENTS = 3;
    private static final long STEPS_BETWEEN = 80;

    /** An application, and the scripts that make its schema. */
    enum Application {
        CAMUNDA(
                "org/camunda/bpm/engine/db/create/activiti.postgres.create.",
                "engine.sql",
                "history.sql",
                "identity.sql",
                "case.engine.sql",
                "case.history.sql",
                "decision.engine.sql",
                "decision.history.sql"),
        QUARTZ("org/quartz/impl/jdbcjobstore/", "tables_postgres.sql"),
        SPRING_BATCH("org/springframework/batch/core/", "schema-postgresql.sql");

        private final String folder;
        private final List<String> scripts;

        Application(String folder, String... scripts) {
            this.folder = folder;
            this.scripts = List.of(scripts);
        }

        String sql() throws IOException {
            StringBuilder sql = new StringBuilder();
            for (String script : scripts) {
                try (InputStream in = ForeignSchemasIT.class.getClassLoader().getResourceAsStream(folder + script)) {
                    sql.append(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                            .append(";\n");
                }
            }
            return sql.toString();
        }
    }

    /** Each table of the next version has a column more and wider integers. */
    private static final String NEXT = """
            DO $$
            DECLARE c record;
            BEGIN
              FOR c IN SELECT a.attrelid::regclass AS rel, a.attname FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
                  WHERE r.relnamespace = 'v2'::regnamespace AND r.relkind = 'r' AND a.atttypid = 'int'::regtype AND a.attnum > 0
              LOOP
                EXECUTE format('ALTER TABLE %s ALTER %I TYPE bigint', c.rel, c.attname);
              END LOOP;
              FOR c IN SELECT oid::regclass AS rel FROM pg_class WHERE relnamespace = 'v2'::regnamespace AND relkind = 'r' LOOP
                EXECUTE format('ALTER TABLE %s ADD added_later text', c.rel);
                -- Some scripts leave rows; the next version's are to come from the first.
                EXECUTE format('TRUNCATE %s CASCADE', c.rel);
              END LOOP;
            END $$;
            """;

    /** The remedy that check names for a table without a key. */
    private static final String KEY = "ALTER TABLE %1$s.batch_job_execution_params ADD no bigserial PRIMARY KEY;";

    /** Each application, and each layout; with {@code -Pslow} some in a second one. */
    static Stream<Arguments> moves() {
        Stream<Arguments> some = Stream.of(
                arguments(Application.CAMUNDA, Layout.INLINE),
                arguments(Application.SPRING_BATCH, Layout.TWO_DATABASES),
                arguments(Application.QUARTZ, Layout.DEFERRED_IN_ONE_DATABASE));
        Stream<Arguments> others = Stream.of(
                arguments(Application.QUARTZ, Layout.INLINE), arguments(Application.CAMUNDA, Layout.TWO_DATABASES));
        return Extent.whole() ? Stream.concat(some, others) : some;
    }

    @ParameterizedTest
    @MethodSource("moves")
    void movesThereAndBackUnderLoad(Application application, Layout layout, TestServer server) throws Exception {
        String keys = application == Application.SPRING_BATCH ? KEY.formatted("v1") + KEY.formatted("v2") : "";
        try (Lifecycle cutover = Lifecycle.start(server, tables(application) + keys + NEXT, Mapping.IDENTITY, layout)) {
            List<TableShape> shapes = TableShape.of(cutover.app(), "v1");
            SampleLoad load = new SampleLoad();
            load.start(SampleSchemasIT.connections(cutover, CLIENTS), new RandomRows(shapes).steps());
            try {
                for (String verb : List.of("prepare", "mirror", "backfill", "verify", "flip", "rollback", "flip")) {
                    load.awaitSteps(STEPS_BETWEEN);
                    cutover.run(verb);
                }
                load.awaitSteps(STEPS_BETWEEN);
            } finally {
                load.stop();
            }
            cutover.awaitNoMarks();
            List<String> written = new ArrayList<>();
            for (TableShape shape : shapes) {
                List<String> rows = shape.rows(cutover.app(), "v1");
                assertEquals(rows, shape.rows(cutover.green(), "v2"), shape.name());
                written.addAll(rows);
            }
            assertTrue(written.size() > STEPS_BETWEEN, written::toString);
            cutover.run("verify", "complete");
        }
    }

    @Test
    void aTableWithoutAKeyIsRefusedByName(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, tables(Application.SPRING_BATCH), Mapping.IDENTITY)) {
            Operation prepare = cutover.attempt("prepare", VerbRequest.PLAIN);
            assertEquals(Operation.State.REFUSED, prepare.state());
            assertTrue(prepare.findings().toString().contains("batch_job_execution_params"), prepare::toString);
        }
    }

    private static String tables(Application application) throws IOException {
        return "SET search_path = v1; " + application.sql() + "SET search_path = v2; " + application.sql()
                + "RESET search_path;";
    }
}
