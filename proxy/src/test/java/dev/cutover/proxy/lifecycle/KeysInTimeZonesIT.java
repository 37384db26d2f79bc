// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A key of type timestamptz has the same text in a mark under every TimeZone of the writer. */
@ExtendWith(PostgresExtension.class)
class KeysInTimeZonesIT {
    @ParameterizedTest
    @EnumSource
    void aRefusedRowIsNoDifference(Layout layout, TestServer server) throws Exception {
        String both = "CREATE TABLE v1.t (at timestamptz PRIMARY KEY, n int);"
                + " CREATE TABLE v2.t (at timestamptz PRIMARY KEY, n int CHECK (n < 100));"
                + " INSERT INTO v1.t VALUES ('2026-01-01 00:00:00+00', 1)";
        try (Lifecycle tenant = Lifecycle.start(server, both, Mapping.IDENTITY, layout)) {
            tenant.run("prepare", "mirror", "backfill", "verify");
            try (Connection client = tenant.connect("acme");
                    Statement statement = client.createStatement()) {
                statement.execute("SET TimeZone = 'Europe/Berlin'");
                statement.execute("INSERT INTO t VALUES ('2026-07-01 00:00:00+00', 500)");
                statement.execute("UPDATE t SET n = 2 WHERE n = 1");
            }
            tenant.awaitRefused(1);

            Operation verify = tenant.attempt("verify", VerbRequest.PLAIN);

            assertEquals(
                    List.of("idle-side-accepts-rows"),
                    verify.findings().stream().map(Finding::guardrail).toList(),
                    verify::message);
        }
    }
}
