// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an operator asks for with a verb: one type for each kind of verb, so that a field of another verb cannot be given. */
public sealed interface VerbRequest {
    /** The verb alone; every verb takes it. */
    Plain PLAIN = new Plain();

    /** Whether the verb is only to say what it would do. */
    default boolean preview() {
        return false;
    }

    /** Nothing beside the verb. */
    record Plain() implements VerbRequest {}

    /**
     * For prepare.
     *
     * @param clean drop the idle side's schema first
     * @param snapshot take a snapshot of the serving side first
     * @param forced labels of the guardrails to override
     */
    record Prepare(boolean clean, boolean snapshot, Set<String> forced) implements VerbRequest {
        public Prepare {
            forced = orNone(forced);
        }
    }

    /**
     * For mirror.
     *
     * @param forced labels of the guardrails to override
     */
    record Mirror(Set<String> forced) implements VerbRequest {
        public Mirror {
            forced = orNone(forced);
        }
    }

    /**
     * For backfill.
     *
     * @param pacing how fast it goes; null for the configured pace
     */
    record Backfill(@Nullable Pacing pacing) implements VerbRequest {}

    /**
     * For verify.
     *
     * @param repair mark the rows that differ
     * @param pacing how fast it goes; null for the configured pace
     * @param scope the rows to compare; null for all
     */
    record Verify(
            boolean repair,
            @Nullable Pacing pacing,
            @Nullable VerifyScope scope) implements VerbRequest {}

    /**
     * For resync.
     *
     * @param table the table of the refused rows to try again; null for all
     * @param key the key of one row, a JSON array or the value of a key of one column; null for all
     */
    record Resync(@Nullable String table, @Nullable String key) implements VerbRequest {}

    /**
     * For flip and rollback.
     *
     * @param force cancel the transactions that outlast the drain deadline, and override what concerns single sessions
     * @param dryRun only print the steps
     * @param forced labels of the guardrails to override
     * @param joint the joint flip of a campaign that this tenant takes part in; null if it flips for itself
     */
    record Switch(
            boolean force,
            boolean dryRun,
            Set<String> forced,
            @Nullable String joint) implements VerbRequest {
        public Switch {
            forced = orNone(forced);
        }

        /** For a tenant that flips for itself. */
        public Switch(boolean force, boolean dryRun, Set<String> forced) {
            this(force, dryRun, forced, null);
        }

        @Override
        public boolean preview() {
            return dryRun;
        }
    }

    /**
     * For complete.
     *
     * @param dropOld drop the schema of the side that no longer serves
     * @param snapshot take a snapshot of it first
     */
    record Complete(boolean dropOld, boolean snapshot) implements VerbRequest {}

    /**
     * For migrate.
     *
     * @param snapshot take a snapshot of the serving side first
     * @param dryRun only name the migrations that would run
     * @param breaking also run what is not additive
     */
    record Migrate(boolean snapshot, boolean dryRun, boolean breaking) implements VerbRequest {
        @Override
        public boolean preview() {
            return dryRun;
        }
    }

    /**
     * For undo.
     *
     * @param to the version that stays; null for the one before the last migrate
     * @param dryRun only name the scripts that would run
     */
    record Undo(@Nullable String to, boolean dryRun) implements VerbRequest {
        @Override
        public boolean preview() {
            return dryRun;
        }
    }

    /**
     * For transform.
     *
     * @param table the table, without its schema
     * @param set {@code column = expression, ...}
     * @param where only rows for which this holds; null for all
     * @param pacing how fast it goes; null for the configured pace
     * @param again once more, although it has ended
     * @param dryRun only check the UPDATE
     */
    record Transform(
            @Nullable String table,
            @Nullable String set,
            @Nullable String where,
            @Nullable Pacing pacing,
            boolean again,
            boolean dryRun)
            implements VerbRequest {
        @Override
        public boolean preview() {
            return dryRun;
        }
    }

    /**
     * For snapshot.
     *
     * @param side the side to take it of; null for the serving one
     */
    record Snapshot(@Nullable SideRole side) implements VerbRequest {}

    /**
     * For restore.
     *
     * @param from the snapshot's name
     * @param side the side to restore into; null for the idle one
     * @param clean drop that side's schema first
     */
    record Restore(@Nullable String from, @Nullable SideRole side, boolean clean) implements VerbRequest {}

    /**
     * For baseline.
     *
     * @param version the version to record; null for the tool's own choice
     */
    record Baseline(@Nullable String version) implements VerbRequest {}

    @SuppressWarnings("ConstantValue") // JSON may leave the field out
    private static Set<String> orNone(@Nullable Set<String> labels) {
        return labels == null ? Set.of() : Set.copyOf(labels);
    }
}
