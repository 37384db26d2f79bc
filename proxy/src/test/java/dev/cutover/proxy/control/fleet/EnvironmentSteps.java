// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import dev.cutover.proxy.control.fleet.ProxyState.Stage;
import java.util.Set;

/** Leases, and the trouble that the environment makes: a bounded number of times, at any instant. */
final class EnvironmentSteps {
    private final Set<Mistake> mistakes;

    EnvironmentSteps(Set<Mistake> mistakes) {
        this.mistakes = mistakes;
    }

    void explore(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        if (now.connected()) {
            if (now.member == ProxyState.DARK || now.member == ProxyState.LAPSED) {
                moves.next().proxies[i].member = ProxyState.LIVE;
                moves.made(Step.RENEW, i);
            } else if (now.member == ProxyState.OUT) {
                rejoin(moves, i);
            }
        } else if (now.member == ProxyState.LIVE || now.member == ProxyState.DARK) {
            moves.next().proxies[i].member = ProxyState.LAPSED;
            moves.made(Step.LEASE_RUNS_OUT, i);
        }
        catchUp(moves, i);
        recover(moves, i);
        if (moves.now().troubles > 0 && now.running()) {
            trouble(moves, i);
        }
    }

    void exploreControl(Moves moves) {
        if (moves.now().troubles == 0) {
            return;
        }
        FleetState next = moves.next();
        next.troubles--;
        for (ProxyState proxy : next.proxies) {
            if (proxy.member == ProxyState.LIVE) {
                proxy.member = ProxyState.DARK;
                proxy.suspect = true;
            }
            if (proxy.stage == Stage.COMMITTING) {
                proxy.stage = Stage.DOUBTFUL;
            }
        }
        moves.made(Step.CONTROL_RESTARTS, 0);
    }

    /** Maintenance sessions keep the former id until what the proxy ran under it has ended. So it can be expelled by that id. */
    private void rejoin(Moves moves, int i) {
        ProxyState proxy = moves.next().proxies[i];
        if (proxy.stage == Stage.CLAIMED) {
            MemberSteps.replaced(proxy);
        }
        if (!proxy.lags && !proxy.idle() && !mistakes.contains(Mistake.WORK_CONTINUES_UNDER_A_NEW_ID)) {
            proxy.lags = true;
            proxy.formerExpelled = proxy.expelled;
            proxy.formerToExpel = proxy.toExpel;
        }
        proxy.member = ProxyState.LIVE;
        proxy.acknowledged = -1;
        proxy.expelled = false;
        proxy.toExpel = false;
        moves.made(Step.REJOIN, i);
    }

    private void catchUp(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        boolean ended = now.stage == Stage.CLAIMED && now.carries == 0;
        boolean early = (mistakes.contains(Mistake.CATCHES_UP_BEFORE_ITS_WORK_HAS_ENDED)
                        || mistakes.contains(Mistake.CLAIMS_BACK_WITHOUT_RECOVERY))
                && (now.leads || now.stage == Stage.NONE);
        if (now.lags && now.running() && (ended || early)) {
            moves.next().proxies[i].catchUp();
            moves.made(Step.CATCH_UP, i);
        }
    }

    private static void recover(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        if (now.life == ProxyState.STOPPED) {
            moves.next().proxies[i].life = ProxyState.RUNNING;
            moves.made(Step.WAKE, i);
        } else if (now.life == ProxyState.CRASHED) {
            restart(moves, i);
        }
        if (now.cut) {
            moves.next().proxies[i].cut = false;
            moves.made(Step.RECONNECT, i);
        }
    }

    private static void restart(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        boolean gone = now.member == ProxyState.OUT || now.member == ProxyState.LAPSED;
        if (!gone || now.pending) {
            return;
        }
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        proxy.life = ProxyState.RUNNING;
        proxy.member = ProxyState.LIVE;
        proxy.named = false;
        next.read(proxy);
        proxy.route = proxy.copyEpoch;
        proxy.gateClosed = proxy.copyClosed;
        moves.made(Step.RESTART, i);
    }

    private static void trouble(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        suspect(moves, i).life = ProxyState.STOPPED;
        moves.made(Step.STOP, i);

        ProxyState crashed = suspect(moves, i);
        crashed.life = ProxyState.CRASHED;
        crashed.forget();
        moves.made(Step.CRASH, i);

        if (!now.cut) {
            suspect(moves, i).cut = true;
            moves.made(Step.CUT_OFF, i);
        }
        if (now.member == ProxyState.LIVE) {
            suspect(moves, i).member = ProxyState.DARK;
            moves.made(Step.LOSE_SESSION, i);
        }
    }

    private static ProxyState suspect(Moves moves, int i) {
        FleetState next = moves.next();
        next.troubles--;
        next.proxies[i].suspect = true;
        return next.proxies[i];
    }
}
