// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/** A rule of the protocol that the model breaks on purpose. */
enum Mistake {
    // The protocol's pillars.

    /** The fence does not wait for running writers. */
    NO_BARRIER,
    /** A flip sets no fence, as with {@code bypassing-writers: undo}. */
    NO_FENCE,
    /** A proxy acknowledges as soon as its gate is closed. */
    ACKNOWLEDGES_BEFORE_THE_DRAIN,
    /** A new leader does not expel the one before. */
    NO_EXPULSION,
    /** A commit does not compare the revision. */
    NO_REVISION_CHECK,

    // What the first exploration of the protocol, as the code had it, found wrong.

    /** The leader stops the resync of the old direction after the commit, not before. */
    RESYNC_OUTLIVES_THE_COMMIT,
    /** The fence of the side that will serve is lifted before the commit, not between the commit and the opening of the row. */
    LIFTS_THE_FENCE_BEFORE_THE_COMMIT,
    /** A proxy that joins again under another id continues its operation and its resync under that id. */
    WORK_CONTINUES_UNDER_A_NEW_ID,
    /** The same, but later: its sessions get the id while the resync or the operation of before still runs. */
    CATCHES_UP_BEFORE_ITS_WORK_HAS_ENDED,
    /** A proxy that claims a tenant back, and has not noticed that another one led it, only takes the row over. */
    CLAIMS_BACK_WITHOUT_RECOVERY,
    /** A leader expels only the proxy that it has claimed the tenant from, and not those before. */
    EXPELS_ONLY_THE_LAST_LEADER,
    /** A proxy that lost the tenant while its lease ran keeps the id that was expelled. */
    KEEPS_AN_EXPELLED_ID,
    /** If a commit's answer is lost and the row is unchanged, the row is opened before the fence is given back. */
    OPENS_THE_ROW_BEFORE_THE_FENCE,
    /** If a commit's answer is lost, the fence is given back before the row has another revision. */
    UNDOES_BEFORE_THE_ROW_CHANGES,
    /** A proxy that was replaced reads the row again and saves it, since only the revision is compared. */
    SAVES_A_ROW_THAT_ANOTHER_LEADS,
    /** What watches the row forgets that the outcome of a commit is unknown. */
    WATCH_FORGETS_THE_DOUBT
}
