package dev.cutover.dualwrite.verify;

import java.time.Instant;
import java.util.List;

/**
 * What a comparison of both sides found.
 *
 * @param rows serving rows compared
 * @param mismatches keys that differ, are missing or are surplus on the idle side and carry no mark
 * @param samples the first few of them
 */
public record Verification(long rows, long mismatches, List<Difference> samples, Instant at) {
    public Verification {
        samples = List.copyOf(samples);
    }

    /**
     * @param table {@link dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan#name}
     * @param key JSON array of the key's values
     */
    public record Difference(String table, String key, Kind kind) {}

    public enum Kind {
        /** Only the serving side has the row. */
        MISSING,
        /** Only the idle side has the row. */
        SURPLUS,
        /** Both have it, with other values. */
        DIFFERENT
    }

    public boolean clean() {
        return mismatches == 0;
    }
}
