// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import dev.cutover.proxy.control.fleet.ProxyState.Stage;
import java.util.Set;

/** Claims of the tenant, what a leader undoes and resumes, and what it does if it does not know the outcome of a commit. */
final class RecoverySteps {
    private final Set<Mistake> mistakes;

    RecoverySteps(Set<Mistake> mistakes) {
        this.mistakes = mistakes;
    }

    void explore(Moves moves, int i) {
        ProxyState proxy = moves.now().proxies[i];
        if (!proxy.running()) {
            return;
        }
        if (proxy.connected() && leaderless(moves.now())) {
            claim(moves, i);
        }
        resync(moves, i);
        switch (proxy.stage) {
            case COMMITTING -> giveUpWaiting(moves, i);
            case DOUBTFUL -> {
                if (!proxy.cut) {
                    reload(moves, i);
                }
            }
            case CLAIMED -> expel(moves, i);
            case RECOVERING -> recover(moves, i);
            case GIVEN_BACK -> openTheRow(moves, i);
            case ROW_GIVEN_BACK -> giveBackBehindTheRow(moves, i);
            case MISLED -> undoRecorded(moves, i);
            default -> {
                // The flip's stages.
            }
        }
    }

    private static boolean leaderless(FleetState state) {
        for (ProxyState proxy : state.proxies) {
            if (proxy.named && proxy.member == ProxyState.LIVE) {
                return false;
            }
        }
        return true;
    }

    private void claim(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        boolean leased = now.member == ProxyState.LIVE || mistakes.contains(Mistake.CLAIMS_BACK_WITHOUT_RECOVERY);
        if (now.named || !leased) {
            return;
        }
        FleetState next = moves.next();
        for (ProxyState proxy : next.proxies) {
            if (mistakes.contains(Mistake.EXPELS_ONLY_THE_LAST_LEADER)) {
                proxy.toExpel = false;
                proxy.formerToExpel = false;
            }
            if (proxy.named && proxy.life != ProxyState.CRASHED) {
                proxy.toExpel = !proxy.expelled;
                if (!mistakes.contains(Mistake.KEEPS_AN_EXPELLED_ID)) {
                    proxy.member = ProxyState.OUT;
                }
            }
            proxy.named = false;
        }
        next.proxies[i].named = true;
        next.changed();
        moves.made(Step.CLAIM, i);
    }

    private static void resync(Moves moves, int i) {
        FleetState now = moves.now();
        ProxyState proxy = now.proxies[i];
        if (proxy.carries == 0 || !proxy.maintains() || !now.marked()) {
            return;
        }
        int from = FleetState.side(proxy.carries);
        int fence = now.fence[1 - from];
        if (fence == 0 || fence == proxy.carries) {
            moves.next().carry(from);
            moves.made(Step.RESYNC, i);
        }
    }

    private static void giveUpWaiting(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        if (!now.cut && moves.now().troubles == 0) {
            return;
        }
        FleetState next = moves.next();
        next.troubles -= now.cut ? 0 : 1;
        next.proxies[i].stage = Stage.DOUBTFUL;
        moves.made(Step.LOSE_ANSWER, i);
    }

    private void reload(Moves moves, int i) {
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        next.read(proxy);
        boolean own = proxy.named;
        if (!own && !(mistakes.contains(Mistake.SAVES_A_ROW_THAT_ANOTHER_LEADS) && proxy.leads)) {
            MemberSteps.replaced(proxy);
        } else if (!next.closed) {
            boolean recorded = own && next.epoch == proxy.route + 1;
            boolean done = recorded && mistakes.contains(Mistake.LIFTS_THE_FENCE_BEFORE_THE_COMMIT);
            proxy.stage = done ? Stage.COMMITTED : Stage.CLAIMED;
        } else if (!own || mistakes.contains(Mistake.OPENS_THE_ROW_BEFORE_THE_FENCE)) {
            next.closed = false;
            next.changed();
            next.read(proxy);
            proxy.stage = Stage.ROW_GIVEN_BACK;
        } else {
            if (!mistakes.contains(Mistake.UNDOES_BEFORE_THE_ROW_CHANGES)) {
                // The same row with another revision: a commit that is still under way cannot be recorded behind that.
                next.changed();
                next.read(proxy);
            }
            proxy.stage = Stage.CLAIMED;
        }
        if (proxy.stage == Stage.CLAIMED) {
            proxy.carries = 0;
        }
        moves.made(Step.RELOAD, i);
    }

    private void expel(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        if (now.lags || !now.maintains()) {
            return;
        }
        FleetState next = moves.next();
        for (ProxyState proxy : next.proxies) {
            boolean expels = !mistakes.contains(Mistake.NO_EXPULSION);
            proxy.expelled |= proxy.toExpel && expels;
            proxy.formerExpelled |= proxy.formerToExpel && expels;
            proxy.toExpel = false;
            proxy.formerToExpel = false;
        }
        next.proxies[i].stage = Stage.RECOVERING;
        moves.made(Step.EXPEL, i);
    }

    private static void recover(Moves moves, int i) {
        FleetState now = moves.now();
        if (!now.proxies[i].maintains() || !Fences.mayGiveBack(now, now.proxies[i])) {
            return;
        }
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        Fences.giveBack(next, proxy);
        if (proxy.copyClosed) {
            proxy.stage = Stage.GIVEN_BACK;
            moves.made(Step.GIVE_BACK, i);
        } else {
            proxy.carries = proxy.copyEpoch;
            proxy.route = proxy.copyEpoch;
            proxy.gateClosed = false;
            proxy.stage = Stage.NONE;
            moves.made(Step.RESUME, i);
        }
    }

    private static void openTheRow(Moves moves, int i) {
        FleetState now = moves.now();
        if (now.proxies[i].cut) {
            return;
        }
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        if (now.current(proxy)) {
            next.closed = false;
            next.changed();
            next.read(proxy);
            proxy.stage = proxy.carries == proxy.copyEpoch && !proxy.gateClosed ? Stage.NONE : Stage.RECOVERING;
        } else {
            proxy.stage = Stage.DOUBTFUL;
        }
        moves.made(Step.OPEN_THE_ROW, i);
    }

    private static void giveBackBehindTheRow(Moves moves, int i) {
        FleetState now = moves.now();
        if (!now.proxies[i].maintains() || !Fences.mayGiveBack(now, now.proxies[i])) {
            return;
        }
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        Fences.giveBack(next, proxy);
        proxy.stage = Stage.RECOVERING;
        moves.made(Step.GIVE_BACK, i);
    }

    /** Constraints go to the side that the row names, the fence to the idle side of the plan that has not been replaced yet. */
    private static void undoRecorded(Moves moves, int i) {
        FleetState now = moves.now();
        if (!now.proxies[i].maintains()) {
            return;
        }
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        next.fence[FleetState.side(proxy.copyEpoch)] = proxy.copyEpoch - 1;
        proxy.gateClosed = false;
        proxy.stage = Stage.RECOVERING;
        moves.made(Step.UNDO_A_RECORDED_FLIP, i);
    }
}
