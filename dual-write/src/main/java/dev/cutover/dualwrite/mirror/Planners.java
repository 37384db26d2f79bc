// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.model.MirrorPlan;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the planners of routes. */
public final class Planners {
    private Planners() {}

    /** For a route on which nothing is mirrored. One planner serves any number of tenants. */
    public static StatementPlanner unmirrored() {
        return new UnmirroredPlanner();
    }

    /** For a tenant whose writes are mirrored. The plan is read once; another mapping or direction needs another planner. */
    public static StatementPlanner mirroring(MirrorPlan plan) {
        return mirroring(plan, new Fallback(), new Fingerprints());
    }

    /**
     * The same.
     *
     * @param fallback the tables that mark for the time being; looked at with each text
     * @param fingerprints counts what is sent
     */
    public static StatementPlanner mirroring(MirrorPlan plan, Fallback fallback, Fingerprints fingerprints) {
        return new MirroringPlanner(plan, fallback, fingerprints);
    }

    /**
     * A planner that replaces the other side's schema by the serving side's before it plans.
     *
     * @param own the schemas of the tenant's sides
     * @param serving the serving one; null if routes have none, then nothing is translated
     * @param named notes what names a side
     */
    public static StatementPlanner translating(
            StatementPlanner planner, Set<String> own, @Nullable String serving, NamedSides named) {
        return serving == null || own.size() < 2 ? planner : new TranslatingPlanner(planner, own, serving, named);
    }
}
