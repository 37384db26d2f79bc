// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.lifecycle.Layout;
import dev.cutover.proxy.lifecycle.Lifecycle;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three schemas with the oddities of well-known samples move to a next version and back under load, in one database and
 * between two servers: no client sees an error, and by queries of the test's own the sides do not differ.
 */
@ExtendWith(PostgresExtension.class)
@Tag("slow")
class SampleSchemasIT {
    private static final List<List<Object>> SHORT_FORM = List.of(
            List.of(Sample.RENTAL, Layout.INLINE),
            List.of(Sample.MUSIC, Layout.TWO_SERVERS),
            List.of(Sample.WAREHOUSE, Layout.INLINE));

    private static final int CLIENTS = 4;
    private static final long STEPS_BETWEEN = 150;

    /** The clients' statements change with the flip. */
    private static final VerbRequest FLIP =
            new VerbRequest.Switch(false, false, Set.of(GuardrailName.OLD_STATEMENTS_FIT.label()));

    /** Each sample, and each layout; with {@code -Pslow} each sample in each layout. */
    static Stream<Arguments> moves() {
        return Stream.of(Layout.INLINE, Layout.TWO_SERVERS)
                .flatMap(layout -> Stream.of(Sample.values()).map(sample -> arguments(sample, layout)))
                .filter(move -> Extent.whole() || SHORT_FORM.contains(List.of(move.get())));
    }

    @ParameterizedTest
    @MethodSource("moves")
    void movesThereAndBackAndThereUnderLoad(Sample sample, Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = sample.start(server, layout)) {
            Map<String, Long> before = counts(sample, cutover.app(), "v1", 0);
            SampleLoad load = new SampleLoad();
            load.start(connections(cutover, CLIENTS), sample.steps());
            Map<String, Long> added;
            try {
                for (String verb : List.of("prepare", "mirror", "backfill", "verify", "flip", "rollback", "flip")) {
                    load.awaitSteps(STEPS_BETWEEN);
                    run(cutover, verb);
                }
                load.awaitSteps(STEPS_BETWEEN);
            } finally {
                added = load.stop();
            }
            cutover.awaitNoMarks();

            assertEquals(List.of(), sample.differences(cutover));
            added.forEach((table, rows) -> before.merge(table, rows, Long::sum));
            assertEquals(before, counts(sample, cutover.app(), "v1", 0));
            cutover.run("verify");
            cutover.run("complete");
            assertEquals(Phase.STEADY, cutover.status().phase());
            assertEquals(Side.GREEN, cutover.status().serving());
            assertEquals(
                    List.copyOf(before.values()),
                    List.copyOf(counts(sample, cutover.green(), "v2", 1).values()));
        }
    }

    private static void run(Lifecycle cutover, String verb) throws Exception {
        Operation operation = cutover.attempt(verb, verb.equals("flip") ? FLIP : VerbRequest.PLAIN);
        assertEquals(
                Operation.State.SUCCEEDED,
                operation.state(),
                () -> verb + ": " + operation.message() + operation.findings() + operation.blockers());
    }

    /** Half of them prepare their statements on the server, half send texts. */
    static List<Connection> connections(Lifecycle cutover, int clients) throws Exception {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            connections.add(DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + cutover.port() + "/acme?"
                            + (i % 2 == 0 ? "prepareThreshold=2" : "preferQueryMode=simple"),
                    cutover.app().server().user(),
                    cutover.app().server().password()));
        }
        return connections;
    }

    /** Rows of each mapped table, by its blue name. */
    private static Map<String, Long> counts(Sample sample, TestDatabase database, String schema, int side)
            throws Exception {
        Map<String, Long> counts = new TreeMap<>();
        for (String[] tables : sample.tables()) {
            String count = database.query("SELECT count(*) FROM " + schema + "." + tables[side])
                    .get(0);
            counts.put(tables[0], Long.parseLong(count));
        }
        return counts;
    }
}
