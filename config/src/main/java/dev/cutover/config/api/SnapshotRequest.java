package dev.cutover.config.api;

import org.jspecify.annotations.Nullable;

/**
 * What an operator asks for of a side as a whole.
 *
 * @param side the side that a snapshot is taken of or restored into
 * @param from the name of the snapshot to restore; null for none
 * @param take take a snapshot before anything else (prepare), or before the old side is dropped (complete)
 * @param dropOld drop the side that no longer serves
 */
public record SnapshotRequest(SideRole side, @Nullable String from, boolean take, boolean dropOld) {
    public static final SnapshotRequest NONE = new SnapshotRequest(SideRole.SERVING, null, false, false);

    /** What a side does for the tenant at the moment. */
    public enum SideRole {
        SERVING,
        IDLE
    }

    /** @param side null for the serving one */
    public SnapshotRequest(@Nullable SideRole side, @Nullable String from, boolean take, boolean dropOld) {
        this.side = side == null ? SideRole.SERVING : side;
        this.from = from;
        this.take = take;
        this.dropOld = dropOld;
    }
}
