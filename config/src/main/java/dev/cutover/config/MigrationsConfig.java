// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What brings the idle side to its schema version.
 *
 * @param locations Flyway's: directories of versioned SQL migrations, resolved against the configuration file's directory;
 *     empty for Liquibase
 * @param changelog Liquibase's: the change log's file; null for Flyway
 * @param code Liquibase's: whether the change log may run programs and Java classes; default refuse
 */
public record MigrationsConfig(
        Tool tool, List<Path> locations, @Nullable Path changelog, MigrationCode code) {
    public enum Tool {
        FLYWAY,
        LIQUIBASE
    }

    /** Where the migrations are. */
    public List<Path> sources() {
        return changelog == null ? locations : List.of(changelog);
    }

    /** By Flyway. */
    public MigrationsConfig(List<Path> locations) {
        this(Tool.FLYWAY, locations, null, MigrationCode.REFUSE);
    }

    /** By Liquibase. */
    public static MigrationsConfig liquibase(Path changelog, MigrationCode code) {
        return new MigrationsConfig(Tool.LIQUIBASE, List.of(), changelog, code);
    }
}
