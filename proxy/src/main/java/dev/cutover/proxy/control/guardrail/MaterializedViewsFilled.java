// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.schema.MaterializedViews;
import dev.cutover.dualwrite.schema.MaterializedViews.View;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The flip can refresh the materialized views that read the idle side. They were made when that side had no rows. */
final class MaterializedViewsFilled implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.MATERIALIZED_VIEWS_FILLED;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        try (Connection idle = now.placement().idle().getConnection()) {
            return MaterializedViews.toRefresh(connection, idle, now.plan()).stream()
                    .filter(view -> !view.refreshable())
                    .map(view -> blocking(
                            "materialized view " + view.name() + " belongs to " + view.owner()
                                    + ": the maintenance role may not refresh it, and it lacks the rows of the backfill",
                            "make the maintenance role a member of " + view.owner() + ", or refresh it and flip with"
                                    + " --force " + name().label()))
                    .toList();
        }
    }

    /** Refreshes them. @return those that it could not refresh */
    List<Finding> refresh(MirrorPlan plan, Placement placement) throws SQLException {
        List<View> views;
        try (Connection serving = placement.serving().getConnection();
                Connection idle = placement.idle().getConnection()) {
            views = MaterializedViews.toRefresh(serving, idle, plan);
        }
        return MaterializedViews.refresh(placement.idle(), views).stream()
                .map(failure -> blocking(
                        "materialized view " + failure.view() + " could not be refreshed: " + failure.reason(),
                        "make its query work on the idle side's rows, or flip with --force " + name().label()
                                + ", which refreshes none"))
                .toList();
    }
}
