// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import dev.cutover.proxy.control.fleet.ProxyState.Stage;
import java.util.Set;

/**
 * A flip or rollback at the proxy that leads the tenant, or believes that it does.
 *
 * <p>The commit records the new route with every gate still closed. Then recovery's last steps follow: the fence of the side that
 * serves now is lifted, the row is opened, the route is published. A proxy that is behind by two changes has a route to that side, too:
 * if the fence were lifted before the commit, such a proxy could write a side that does not serve yet, or never will.
 */
final class FlipSteps {
    private final Set<Mistake> mistakes;

    FlipSteps(Set<Mistake> mistakes) {
        this.mistakes = mistakes;
    }

    void explore(Moves moves, int i) {
        FleetState now = moves.now();
        ProxyState proxy = now.proxies[i];
        if (proxy.pending && (now.current(proxy) || mistakes.contains(Mistake.NO_REVISION_CHECK))) {
            commitIsRecorded(moves, i);
        }
        if (!proxy.running()) {
            return;
        }
        switch (proxy.stage) {
            case NONE -> {
                if (proxy.leads && mayAnnounce(now, proxy)) {
                    step(moves, i, false);
                }
            }
            case ANNOUNCED, ACKNOWLEDGED, FENCED, SETTLED -> {
                step(moves, i, false);
                step(moves, i, true);
            }
            case COMMITTED -> publish(moves, i);
            default -> {
                // Recovery's stages.
            }
        }
    }

    private static boolean mayAnnounce(FleetState state, ProxyState proxy) {
        return state.changes > 0
                && state.current(proxy)
                && !proxy.cut
                && !proxy.copyClosed
                && !proxy.gateClosed
                && proxy.carries == state.epoch;
    }

    private void step(Moves moves, int i, boolean overdue) {
        FleetState now = moves.now();
        ProxyState proxy = now.proxies[i];
        Stage stage = proxy.stage;
        CoordinatorRule.Action action = CoordinatorRule.next(new CoordinatorRule.View(
                stage != Stage.NONE,
                proxy.transaction == 0,
                stage != Stage.NONE && stage != Stage.ANNOUNCED,
                stage == Stage.FENCED || stage == Stage.SETTLED,
                stage == Stage.SETTLED,
                overdue));
        switch (action) {
            case ANNOUNCE -> announce(moves, i);
            case AWAIT -> await(moves, i);
            case FENCE -> fence(moves, i);
            case SETTLE -> settle(moves, i);
            case COMMIT -> commit(moves, i, overdue);
            case CANCEL -> cancel(moves, i);
        }
    }

    private static void announce(Moves moves, int i) {
        FleetState next = moves.next();
        next.changes--;
        next.closed = true;
        next.changed();
        ProxyState proxy = next.proxies[i];
        next.read(proxy);
        proxy.gateClosed = true;
        proxy.stage = Stage.ANNOUNCED;
        moves.made(Step.ANNOUNCE, i);
    }

    private static void await(Moves moves, int i) {
        FleetState now = moves.now();
        ProxyState proxy = now.proxies[i];
        if (proxy.cut || !proxy.gateClosed || proxy.transaction != 0) {
            return;
        }
        for (ProxyState other : now.proxies) {
            if (other != proxy && other.member == ProxyState.LIVE && other.acknowledged != proxy.copyRevision) {
                return;
            }
        }
        moves.next().proxies[i].stage = Stage.ACKNOWLEDGED;
        moves.made(Step.AWAIT, i);
    }

    private void fence(Moves moves, int i) {
        FleetState now = moves.now();
        ProxyState proxy = now.proxies[i];
        int side = FleetState.side(proxy.copyEpoch);
        boolean waits = now.written(side) && !mistakes.contains(Mistake.NO_BARRIER);
        if (!proxy.maintains() || waits) {
            return;
        }
        FleetState next = moves.next();
        if (!mistakes.contains(Mistake.NO_FENCE)) {
            next.fence[side] = proxy.copyEpoch + 1;
        }
        next.proxies[i].stage = Stage.FENCED;
        moves.made(Step.FENCE, i);
    }

    private void settle(Moves moves, int i) {
        FleetState now = moves.now();
        ProxyState proxy = now.proxies[i];
        if (!proxy.maintains() || proxy.carries == 0) {
            return;
        }
        FleetState next = moves.next();
        next.carry(FleetState.side(proxy.carries));
        if (mistakes.contains(Mistake.LIFTS_THE_FENCE_BEFORE_THE_COMMIT)) {
            next.fence[1 - FleetState.side(proxy.copyEpoch)] = 0;
        }
        next.proxies[i].stage = Stage.SETTLED;
        moves.made(Step.SETTLE, i);
    }

    private void commit(Moves moves, int i, boolean overdue) {
        FleetState now = moves.now();
        ProxyState before = now.proxies[i];
        if (overdue) {
            return;
        }
        if (!before.leads) {
            cancel(moves, i);
            return;
        }
        if (before.cut) {
            return;
        }
        boolean matches = (now.current(before) && before.copyClosed) || mistakes.contains(Mistake.NO_REVISION_CHECK);
        ProxyState proxy = moves.next().proxies[i];
        proxy.stage = matches ? Stage.COMMITTING : Stage.DOUBTFUL;
        proxy.pending = matches;
        if (!mistakes.contains(Mistake.RESYNC_OUTLIVES_THE_COMMIT)) {
            proxy.carries = 0;
        }
        moves.made(matches ? Step.SEND_COMMIT : Step.COMMIT_FAILS, i);
    }

    /** The control database records a commit that was sent, even if the proxy has stopped or crashed since. */
    private void commitIsRecorded(Moves moves, int i) {
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        int epoch = proxy.copyEpoch + 1;
        String violation = epoch > next.epoch ? "" : "(b) epoch " + epoch + " is recorded a second time";
        proxy.pending = false;
        boolean lifted = mistakes.contains(Mistake.LIFTS_THE_FENCE_BEFORE_THE_COMMIT);
        next.closed = !lifted;
        next.epoch = epoch;
        next.changed();
        if (proxy.stage == Stage.COMMITTING) {
            next.read(proxy);
            proxy.stage = lifted ? Stage.COMMITTED : Stage.RECOVERING;
        }
        moves.made(Step.COMMIT, i, violation);
    }

    private static void publish(Moves moves, int i) {
        ProxyState proxy = moves.next().proxies[i];
        proxy.carries = proxy.leads ? proxy.copyEpoch : 0;
        proxy.route = proxy.copyEpoch;
        proxy.gateClosed = false;
        proxy.stage = Stage.NONE;
        moves.made(Step.PUBLISH, i);
    }

    /** The gate opens before the row says so: the side that serves takes writes again. */
    private static void cancel(Moves moves, int i) {
        FleetState now = moves.now();
        ProxyState before = now.proxies[i];
        if (!before.maintains()) {
            moves.next().proxies[i].stage = before.leads ? Stage.DOUBTFUL : Stage.NONE;
            moves.made(Step.GIVE_UP, i);
            return;
        }
        if (!Fences.mayGiveBack(now, before)) {
            return;
        }
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        Fences.giveBack(next, proxy);
        proxy.gateClosed = false;
        proxy.stage = proxy.leads ? Stage.GIVEN_BACK : Stage.NONE;
        moves.made(Step.CANCEL, i);
    }
}
