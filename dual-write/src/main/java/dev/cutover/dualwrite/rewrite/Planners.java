package dev.cutover.dualwrite.rewrite;

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
     * Likewise.
     *
     * @param fallback the tables that mark for the time being; looked at with each text
     * @param fingerprints counts what is sent
     */
    public static StatementPlanner mirroring(MirrorPlan plan, Fallback fallback, Fingerprints fingerprints) {
        return new MirroringPlanner(plan, fallback, fingerprints);
    }
}
