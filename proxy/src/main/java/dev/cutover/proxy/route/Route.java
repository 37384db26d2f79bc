// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a tenant's transactions go in one epoch. A transaction reads it once, when it begins, and runs wholly in it.
 *
 * @param searchPath the serving schema and what follows it; empty if {@code schema} is null, then
 *     {@code search_path} is left alone
 * @param ownSchemas the schemas of both sides: a client that names one of them in its own {@code search_path} means the
 *     one that serves
 */
public record Route(
        String tenant,
        long epoch,
        Side serving,
        String cluster,
        String database,
        @Nullable String schema,
        List<String> searchPath,
        Set<String> ownSchemas,
        StatementPlanner planner,
        String schemaVersion) {
    public Route {
        searchPath = List.copyOf(searchPath);
        ownSchemas = Set.copyOf(ownSchemas);
    }

    /** The planner of a text; {@code literal} if the schemas that it names mean themselves, whichever side serves. */
    public StatementPlanner planner(boolean literal) {
        return literal ? planner.literal() : planner;
    }

    /** Whether a backend connection that serves the other route can serve this one. */
    public boolean sameDatabase(Route other) {
        return cluster.equals(other.cluster) && database.equals(other.database);
    }
}
