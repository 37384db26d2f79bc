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
            if (now.member == ProxyState.DARK) {
                moves.next().proxies[i].member = ProxyState.LIVE;
                moves.made(Step.RENEW, i);
            } else if (now.member == ProxyState.OUT) {
                rejoin(moves, i);
            }
        } else if (now.member != ProxyState.OUT) {
            moves.next().proxies[i].member = ProxyState.OUT;
            moves.made(Step.LEASE_RUNS_OUT, i);
        }
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

    /** What the proxy ran under its former id ends first. */
    private void rejoin(Moves moves, int i) {
        ProxyState proxy = moves.next().proxies[i];
        proxy.member = ProxyState.LIVE;
        proxy.acknowledged = -1;
        proxy.expelled = false;
        proxy.toExpel = false;
        if (proxy.named == ProxyState.BY_ITS_ID) {
            proxy.named = mistakes.contains(Mistake.LEADS_BY_A_FORMER_ID) ? ProxyState.BY_A_FORMER_ID : 0;
        }
        if (!mistakes.contains(Mistake.WORK_CONTINUES_UNDER_A_NEW_ID)) {
            proxy.leads = false;
            proxy.stage = Stage.NONE;
            proxy.carries = 0;
        }
        moves.made(Step.REJOIN, i);
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
        if (now.member != ProxyState.OUT || now.pending) {
            return;
        }
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        proxy.life = ProxyState.RUNNING;
        proxy.member = ProxyState.LIVE;
        proxy.named = 0;
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
