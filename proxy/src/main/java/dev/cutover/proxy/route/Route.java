// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import dev.cutover.config.Side;
import dev.cutover.config.feature.TenantFeatures;
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
 * @param schemaVersion the serving side's; empty if it is not known
 * @param features as that version makes them
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
        String schemaVersion,
        TenantFeatures features) {
    public Route {
        searchPath = List.copyOf(searchPath);
        ownSchemas = Set.copyOf(ownSchemas);
    }

    /** Without features. */
    public Route(
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
        this(
                tenant,
                epoch,
                serving,
                cluster,
                database,
                schema,
                searchPath,
                ownSchemas,
                planner,
                schemaVersion,
                TenantFeatures.NONE);
    }

    /** The same with other features. */
    public Route with(TenantFeatures others) {
        return new Route(
                tenant,
                epoch,
                serving,
                cluster,
                database,
                schema,
                searchPath,
                ownSchemas,
                planner,
                schemaVersion,
                others);
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
