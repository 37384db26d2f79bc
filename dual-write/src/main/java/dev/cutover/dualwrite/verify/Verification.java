// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
     * @param table {@link dev.cutover.dualwrite.model.MirrorPlan.TablePlan#name}
     * @param key JSON array of the key's values
     * @param refusal PostgreSQL's error if the kind is {@link Kind#REFUSED}, what differs if it is {@link Kind#COUNTED}; else null
     */
    public record Difference(
            String table, String key, Kind kind, @Nullable String refusal) {
        /** A row that both sides could have. */
        public Difference(String table, String key, Kind kind) {
            this(table, key, kind, null);
        }

        static Difference counted(String table, long serving, long idle) {
            String counts = serving == idle
                    ? "the " + serving + " rows of both sides are not the same"
                    : "the serving side has " + serving + " rows, the idle one " + idle;
            return new Difference(table, "", Kind.COUNTED, counts);
        }

        static Difference refused(String table, String key, String refusal) {
            return new Difference(table, key, Kind.REFUSED, refusal);
        }
    }

    public enum Kind {
        /** Only the serving side has the row. */
        MISSING,
        /** Only the idle side has the row. */
        SURPLUS,
        /** Both have it, with other values. */
        DIFFERENT,
        /** The serving side has it, and no row of the idle side can be made from it. */
        REFUSED,
        /** The rows of a table that is append-only, which have no key. */
        COUNTED
    }

    public boolean clean() {
        return mismatches == 0;
    }
}
