package dev.cutover.config;

import java.nio.file.Path;
import java.util.List;

/**
 * What brings the idle side to its schema version.
 *
 * @param locations directories of versioned SQL migrations, resolved against the configuration file's directory
 */
public record MigrationsConfig(List<Path> locations) {}
