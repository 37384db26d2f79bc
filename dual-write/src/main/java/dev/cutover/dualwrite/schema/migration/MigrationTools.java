// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.config.MigrationsConfig;
import java.util.Objects;

/** Finds the tool that the configuration names. */
public final class MigrationTools {
    private MigrationTools() {}

    public static MigrationTool of(MigrationsConfig migrations) {
        return switch (migrations.tool()) {
            case FLYWAY -> new FlywayTool(migrations.locations());
            case LIQUIBASE ->
                new LiquibaseTool(
                        Objects.requireNonNull(migrations.changelog(), "Liquibase has a change log"),
                        migrations.code());
        };
    }
}
