// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.schema.migration.MigrationTools;
import java.sql.Connection;
import java.util.List;

/** The idle side has exactly the migrations that the configuration names, as they are now. */
final class SchemaVersion implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.SCHEMA_VERSION;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        MigrationsConfig migrations = now.config().migrations();
        if (migrations == null) {
            return List.of();
        }
        try {
            return MigrationTools.of(migrations)
                    .problems(now.placement().idle(), now.plan().idleSchema())
                    .stream()
                    .map(problem ->
                            blocking(problem, "abort, then prepare again with the migrations as they are meant to be"))
                    .toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(note(
                    "the migrations were not looked at: the proxy is going down", "repeat it once the proxy is back"));
        }
    }
}
