// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.feature.Features;
import dev.cutover.dualwrite.mirror.NamedSides;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.route.Route;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Makes a tenant's routes of its configuration and its row. Safe for use by many threads. */
final class TenantRoutes {
    private final NamedSides namedSides = new NamedSides();

    Route route(
            TenantConfig config,
            TenantRecord record,
            StatementPlanner planner,
            String schemaVersion,
            Features features) {
        SideConfig side = Objects.requireNonNull(config.side(record.serving()), "the serving side is configured");
        List<String> searchPath = new ArrayList<>();
        if (side.schema() != null) {
            searchPath.add(side.schema());
            searchPath.addAll(config.searchPath());
        }
        return new Route(
                config.name(),
                record.epoch(),
                record.serving(),
                side.cluster(),
                side.database(),
                side.schema(),
                searchPath,
                ownSchemas(config),
                translating(config, planner, record.serving()),
                schemaVersion,
                features.of(config.name(), config.tags(), schemaVersion));
    }

    /** The planner, where a text that names the schema of the side which does not serve means the one that does. */
    StatementPlanner translating(TenantConfig config, StatementPlanner planner, Side serving) {
        SideConfig side = config.side(serving);
        return Planners.translating(planner, ownSchemas(config), side == null ? null : side.schema(), namedSides);
    }

    private static Set<String> ownSchemas(TenantConfig config) {
        Set<String> own = new LinkedHashSet<>();
        for (Side each : Side.values()) {
            SideConfig place = config.side(each);
            if (place != null && place.schema() != null) {
                own.add(place.schema());
            }
        }
        return own;
    }

    /** The shapes of clients' statements that named the schema of a side, since the proxy started. */
    List<String> statementsThatNameASide() {
        return namedSides.shapes();
    }
}
