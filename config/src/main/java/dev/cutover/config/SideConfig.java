// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import org.jspecify.annotations.Nullable;

/**
 * Where one side of a tenant lies.
 *
 * @param cluster a key of {@code clusters}
 * @param database the database on that cluster
 * @param schema the schema that is put first in {@code search_path}; null leaves {@code search_path} alone
 */
public record SideConfig(
        String cluster, String database, @Nullable String schema) {
    /** Whether a session can pass from this side to the other one by a change of {@code search_path} alone. */
    public boolean sameDatabase(SideConfig other) {
        return cluster.equals(other.cluster) && database.equals(other.database);
    }
}
