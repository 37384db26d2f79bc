package dev.cutover.config;

/**
 * Where a tenant stands on its way from one side to the other.
 *
 * <pre>
 * STEADY -> PREPARED -> MIRRORING -> READY -> SWITCHING -> REVERSIBLE -> STEADY (roles swapped)
 *                                     ^           |            |
 *                                     +- rollback-+------------+
 * </pre>
 */
public enum Phase {
    /** One side serves; nothing moves. */
    STEADY,
    /** The idle side has been migrated to its schema version and can be written by the tenant's roles. */
    PREPARED,
    /** The net is installed and writes are mirrored; the idle side is not yet known to be equal. */
    MIRRORING,
    /** Mirrored, backfilled and verified: a flip is allowed. */
    READY,
    /** A flip or rollback is under way. Found after a restart, it is undone. */
    SWITCHING,
    /** Flipped, with reverse mirroring on: a rollback loses nothing. */
    REVERSIBLE;

    /** Whether writes are mirrored (and the net is installed) in this phase. */
    public boolean mirroring() {
        return switch (this) {
            case STEADY, PREPARED -> false;
            case MIRRORING, READY, SWITCHING, REVERSIBLE -> true;
        };
    }
}
