// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/**
 * Decides what a proxy that does not lead a tenant does next. Pure, so that a test can explore every interleaving of it.
 *
 * <pre>
 * control database   the row says   this proxy                       next
 * answers            closed         gate open                        CLOSE
 * answers            closed         gate closed, transactions run    NOTHING, until they have ended
 * answers            closed         drained, not acknowledged        ACKNOWLEDGE
 * answers            open           gate closed                      OPEN
 * answers            open           gate open, another epoch         TAKE
 * silent             either         gate closed, lease run out       OPEN_WITHOUT_CONTROL, if the fence refuses late writes
 * </pre>
 */
final class MemberRule {
    private MemberRule() {}

    /** What the proxy does next. */
    enum Action {
        /** Closes its gate: new transactions are held. */
        CLOSE,
        /** Says in the control database that none of its transactions runs behind the gate. */
        ACKNOWLEDGE,
        /** Takes the row's route, then opens its gate. */
        OPEN,
        /** Takes the row's route while its gate is open: it has missed that the gate was to be closed. */
        TAKE,
        /** Opens its gate with the route that it has. Nobody waits for it, and the fence refuses what it would write too late. */
        OPEN_WITHOUT_CONTROL,
        NOTHING
    }

    /**
     * What the proxy decides by.
     *
     * @param fenced whether the tenant's databases refuse late writes (setting {@code bypassing-writers: refuse})
     */
    record View(Row row, Own own, Link link, boolean fenced) {}

    /**
     * The tenant's row as the proxy read it last.
     *
     * @param closed whether the row asks every proxy to close its gate
     */
    record Row(boolean closed, long revision, long epoch) {}

    /**
     * The proxy itself.
     *
     * @param epoch of the route that new transactions take
     * @param running whether a transaction runs behind the gate
     * @param acknowledged the revision that the proxy acknowledged last; negative for none
     */
    record Own(long epoch, boolean gateClosed, boolean running, long acknowledged) {}

    /**
     * The proxy's way to the control database.
     *
     * @param answers whether the control database answers
     * @param leased whether the proxy's lease may still run, by its own clock
     */
    record Link(boolean answers, boolean leased) {}

    static Action next(View view) {
        if (!view.link().answers()) {
            return withoutControl(view);
        }
        return view.row().closed() ? hold(view.row(), view.own()) : serve(view.row(), view.own());
    }

    private static Action withoutControl(View view) {
        boolean alone = !view.link().leased() && view.fenced();
        return alone && view.own().gateClosed() ? Action.OPEN_WITHOUT_CONTROL : Action.NOTHING;
    }

    private static Action hold(Row row, Own own) {
        if (!own.gateClosed()) {
            return Action.CLOSE;
        }
        boolean drained = !own.running();
        return drained && own.acknowledged() != row.revision() ? Action.ACKNOWLEDGE : Action.NOTHING;
    }

    private static Action serve(Row row, Own own) {
        if (own.gateClosed()) {
            return Action.OPEN;
        }
        return own.epoch() == row.epoch() ? Action.NOTHING : Action.TAKE;
    }
}
