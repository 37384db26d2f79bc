// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.schema.script.ConcurrentStatements;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/** Before each migration of Flyway: how long it may wait for a lock. */
final class ConcurrentLockTimeout extends BaseCallback {
    private final String schema;

    ConcurrentLockTimeout(String schema) {
        this.schema = schema;
    }

    @Override
    public boolean supports(Event event, Context context) {
        return event == Event.BEFORE_EACH_MIGRATE;
    }

    @Override
    public void handle(Event event, Context context) {
        MigrationInfo migration = context.getMigrationInfo();
        try {
            String script = Files.readString(Path.of(migration.getPhysicalLocation()));
            boolean concurrent = ConcurrentStatements.in(script);
            String timeout = concurrent ? ConcurrentStatements.LOCK_TIMEOUT : MigrationTool.LOCK_TIMEOUT;
            Rows.execute(context.getConnection(), List.of("SET lock_timeout = '" + timeout + "'"));
            if (concurrent) {
                ConcurrentStatements.dropInvalid(context.getConnection(), schema, script);
            }
        } catch (IOException | SQLException e) {
            throw new FlywayException("migration " + migration.getScript() + " cannot be begun", e);
        }
    }
}
