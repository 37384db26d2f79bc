// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import dev.cutover.dualwrite.database.TransitionSchema;

/** A tenant whose marks are carried over in turns. */
public interface ResyncTurns {
    /** As the pause behind a turn: none is due until the tenant has a mark or {@link #wantsTurn}. */
    long UNTIL_MARKED = -1;

    String tenant();

    /** Where its marks lie. */
    TransitionSchema transition();

    /** Marks were seen, or may be there: a turn comes as soon as a worker is free. */
    void marked();

    /** Whether there is something to do although there may be no mark. Asks no database. */
    boolean wantsTurn();

    /**
     * Does one step. Never called by two threads at once.
     *
     * @return how many milliseconds to wait before the next, at least; or {@link #UNTIL_MARKED}
     */
    long turn();
}
