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
 */
public record MigrationsConfig(
        Tool tool, List<Path> locations, @Nullable Path changelog) {
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
        this(Tool.FLYWAY, locations, null);
    }

    /** By Liquibase. */
    public static MigrationsConfig liquibase(Path changelog) {
        return new MigrationsConfig(Tool.LIQUIBASE, List.of(), changelog);
    }
}
