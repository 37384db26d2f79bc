// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where a tenant stands on its way from one side to the other.
 *
 * <pre>
 * STEADY     -> PREPARED               by prepare
 * PREPARED   -> MIRRORING, STEADY      by mirror, abort
 * MIRRORING  -> READY, STEADY          by verify, abort
 * READY      -> SWITCHING              by flip
 * READY      -> MIRRORING, STEADY      if READY is revoked; by abort
 * SWITCHING  -> REVERSIBLE, READY      by flip, by rollback; back if either is cancelled
 * REVERSIBLE -> SWITCHING, STEADY      by rollback; by complete: the sides have swapped their roles
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

    /** The phases that can follow this one: the arrows above. */
    public Set<Phase> successors() {
        return switch (this) {
            case STEADY -> EnumSet.of(PREPARED);
            case PREPARED -> EnumSet.of(MIRRORING, STEADY);
            case MIRRORING -> EnumSet.of(READY, STEADY);
            case READY -> EnumSet.of(SWITCHING, MIRRORING, STEADY);
            case SWITCHING -> EnumSet.of(REVERSIBLE, READY);
            case REVERSIBLE -> EnumSet.of(SWITCHING, STEADY);
        };
    }

    /** Whether writes are mirrored (and the net is installed) in this phase. */
    public boolean mirroring() {
        return switch (this) {
            case STEADY, PREPARED -> false;
            case MIRRORING, READY, SWITCHING, REVERSIBLE -> true;
        };
    }
}
