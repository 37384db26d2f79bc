// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.AuditEntry;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who sees that an operation has ended finds it in the history. */
@ExtendWith(PostgresExtension.class)
class HistoryIT {
    @ParameterizedTest
    @CsvSource({"doctor, SUCCEEDED", "flip, REFUSED"})
    void anOperationHasNotEndedBeforeItsEntryIsWritten(String verb, Operation.State end, TestServer server)
            throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, "", Mapping.IDENTITY);
                Connection other = cutover.control().connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE cutover.audit IN ACCESS EXCLUSIVE MODE");

            CompletableFuture<Operation> operation = cutover.begin(verb, VerbRequest.PLAIN);
            awaitEntryWaits(cutover);
            String runningMeanwhile = cutover.status().running();
            other.rollback();

            assertEquals(verb, runningMeanwhile);
            assertEquals(end, operation.get().state());
            AuditEntry entry = cutover.history().get(0);
            assertEquals(List.of(verb, end.name()), List.of(entry.command(), entry.result()));
        }
    }

    /** The verb itself writes nothing there: who waits for the lock brings the operation's entry. */
    private static void awaitEntryWaits(Lifecycle cutover) throws Exception {
        String waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'cutover.audit'::regclass"
                + " AND mode = 'RowExclusiveLock' AND database ="
                + " (SELECT oid FROM pg_database WHERE datname = current_database())";
        Eventually.until("the operation's entry waits for the lock", Duration.ofMinutes(1), () -> {
            return !cutover.control().query(waits).isEmpty();
        });
    }
}
