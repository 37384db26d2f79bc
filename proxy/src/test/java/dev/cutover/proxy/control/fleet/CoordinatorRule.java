// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/**
 * The order of the steps of a flip or rollback at the proxy that leads the tenant, as {@code FlipVerb} takes them.
 *
 * <pre>
 * ANNOUNCE -> AWAIT -> FENCE -> SETTLE -> COMMIT
 *               |        |        |
 *               +--------+--------+----> CANCEL, if a step's time is over
 * </pre>
 */
final class CoordinatorRule {
    private CoordinatorRule() {}

    /** The next step. */
    enum Action {
        /** Records SWITCHING, then closes the own gate. */
        ANNOUNCE,
        /** Waits until no transaction runs here, and every other live proxy has acknowledged the row's revision. */
        AWAIT,
        /** Sets the fence on the side that serves, which waits for the side's running writers. */
        FENCE,
        /** Carries the last marks over, then prepares the side that will serve. */
        SETTLE,
        /** Records the new route by compare-and-set on the revision: the instant of the flip. */
        COMMIT,
        /** Gives everything back to the side that serves, then records the phase before. */
        CANCEL
    }

    /**
     * How far the flip has come.
     *
     * @param announced whether SWITCHING is recorded and the own gate is closed
     * @param drained whether no transaction runs at this proxy
     * @param acknowledged whether every other live proxy has acknowledged the revision that announced the flip
     * @param fenced whether the fence stands on the side that serves
     * @param settled whether no mark is left and the other side is prepared
     * @param overdue whether the time of the present step is over
     */
    record View(
            boolean announced,
            boolean drained,
            boolean acknowledged,
            boolean fenced,
            boolean settled,
            boolean overdue) {}

    static Action next(View view) {
        if (!view.announced()) {
            return Action.ANNOUNCE;
        }
        if (view.settled()) {
            return Action.COMMIT;
        }
        if (view.overdue()) {
            return Action.CANCEL;
        }
        if (view.fenced()) {
            return Action.SETTLE;
        }
        return view.drained() && view.acknowledged() ? Action.FENCE : Action.AWAIT;
    }
}
