// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where snapshots of schemas are kept, and what makes them.
 *
 * @param directory on the proxy's machine, made when it is first needed; null: no snapshots can be taken
 * @param programs the directory of {@code pg_dump} and {@code pg_restore}; null: those of the PATH
 */
public record SnapshotsConfig(
        @Nullable Path directory, @Nullable Path programs) {
    public static final SnapshotsConfig NONE = new SnapshotsConfig(null, null);
}
