package dev.cutover.dualwrite.rewrite;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/** Makes the planners of routes. */
public final class Planners {
    /** Texts longer than this many characters are planned anew each time: they seldom come twice. */
    static final int LONGEST_CACHED = 64 * 1024;
    /** How many characters of query text one planner's cache holds. */
    private static final long CACHED_CHARACTERS = 8L * 1024 * 1024;

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

    static Cache<String, StatementPlan> cache() {
        return Caffeine.newBuilder()
                .maximumWeight(CACHED_CHARACTERS)
                .<String, StatementPlan>weigher((text, plan) -> text.length() + 256)
                .build();
    }
}
