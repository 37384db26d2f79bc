package dev.cutover.config.api;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an operator asks for with a verb.
 *
 * @param force cancel the transactions that a flip waits for when the drain deadline has passed
 * @param repair mark what a verification finds to differ
 * @param clean drop the idle side's schema before it is prepared
 * @param dryRun only say what would happen
 * @param table the table of the refused rows that are to be resynced; null for all
 * @param key the key of the one row that is meant, a JSON array or the value of a key of one column; null for all
 * @param forced labels of the guardrails that a flip is to go against
 * @param pacing how fast a backfill or a verification is to go
 * @param snapshot what is asked for of a side as a whole
 * @param comparing what a verification is to look at; null for all
 * @param version the version that a baseline records; null for the tool's own choice
 */
public record OperationRequest(
        boolean force,
        boolean repair,
        boolean clean,
        boolean dryRun,
        @Nullable String table,
        @Nullable String key,
        Set<String> forced,
        @Nullable Pacing pacing,
        SnapshotRequest snapshot,
        @Nullable VerifyScope comparing,
        @Nullable String version) {
    public static final OperationRequest PLAIN = new OperationRequest(false, false, false, false);

    /**
     * @param forced null for none
     * @param snapshot null for nothing
     */
    public OperationRequest(
            boolean force,
            boolean repair,
            boolean clean,
            boolean dryRun,
            @Nullable String table,
            @Nullable String key,
            @Nullable Set<String> forced,
            @Nullable Pacing pacing,
            @Nullable SnapshotRequest snapshot,
            @Nullable VerifyScope comparing,
            @Nullable String version) {
        this.force = force;
        this.repair = repair;
        this.clean = clean;
        this.dryRun = dryRun;
        this.table = table;
        this.key = key;
        this.forced = forced == null ? Set.of() : Set.copyOf(forced);
        this.pacing = pacing;
        this.snapshot = snapshot == null ? SnapshotRequest.NONE : snapshot;
        this.comparing = comparing;
        this.version = version;
    }

    /** All rows. */
    public OperationRequest(boolean force, boolean repair, boolean clean, boolean dryRun) {
        this(force, repair, clean, dryRun, null, null, Set.of(), null, null, null, null);
    }

    /** The same, against these guardrails. */
    public OperationRequest withForced(Set<String> labels) {
        return new OperationRequest(
                force, repair, clean, dryRun, table, key, labels, pacing, snapshot, comparing, version);
    }

    /** For resync: these refused rows. */
    public static OperationRequest rows(@Nullable String table, @Nullable String key) {
        return new OperationRequest(false, false, false, false, table, key, Set.of(), null, null, null, null);
    }

    /** For flip and rollback. */
    public static OperationRequest flip(boolean force, boolean dryRun, Set<String> forced) {
        return new OperationRequest(force, false, false, dryRun, null, null, forced, null, null, null, null);
    }

    /** For snapshot, restore, prepare and complete. */
    public static OperationRequest snapshot(boolean clean, SnapshotRequest snapshot) {
        return new OperationRequest(false, false, clean, false, null, null, Set.of(), null, snapshot, null, null);
    }

    /** For backfill. */
    public static OperationRequest paced(Pacing pacing) {
        return new OperationRequest(false, false, false, false, null, null, Set.of(), pacing, null, null, null);
    }

    /** For verify. */
    public static OperationRequest verify(boolean repair, @Nullable Pacing pacing, VerifyScope comparing) {
        return new OperationRequest(false, repair, false, false, null, null, Set.of(), pacing, null, comparing, null);
    }

    /** For baseline. */
    public static OperationRequest baseline(@Nullable String version) {
        return new OperationRequest(false, false, false, false, null, null, Set.of(), null, null, null, version);
    }
}
