// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import dev.cutover.proxy.control.fleet.ProxyState.Stage;
import java.util.Set;

/** What a proxy does about the row: it reads the row at any time, and then acts on what it has read, however old that is. */
final class MemberSteps {
    private final Set<Mistake> mistakes;

    MemberSteps(Set<Mistake> mistakes) {
        this.mistakes = mistakes;
    }

    void explore(Moves moves, int i) {
        ProxyState proxy = moves.now().proxies[i];
        if (!proxy.running()) {
            return;
        }
        if (!proxy.cut && worthReading(moves.now(), proxy)) {
            read(moves, i);
        }
        if (!proxy.leads) {
            act(moves, i);
        }
    }

    private boolean worthReading(FleetState state, ProxyState proxy) {
        boolean named = proxy.named;
        if (proxy.leads && named && runsByItsRow(proxy)) {
            return false;
        }
        boolean changed = !proxy.pending && !state.current(proxy);
        return changed || proxy.leads != named;
    }

    /** Whether an operation runs that began with the row as the proxy has it: it must not be given a later one. */
    private boolean runsByItsRow(ProxyState proxy) {
        return switch (proxy.stage) {
            case DOUBTFUL -> !mistakes.contains(Mistake.WATCH_FORGETS_THE_DOUBT);
            case ANNOUNCED, ACKNOWLEDGED, FENCED, SETTLED -> !mistakes.contains(Mistake.CLAIMS_BACK_WITHOUT_RECOVERY);
            default -> false;
        };
    }

    private void read(Moves moves, int i) {
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        next.read(proxy);
        if (!proxy.named) {
            int carries = proxy.carries;
            replaced(proxy);
            if (mistakes.contains(Mistake.CATCHES_UP_BEFORE_ITS_WORK_HAS_ENDED) && proxy.copyClosed) {
                // Resync is stopped when the gate opens, not before.
                proxy.carries = carries;
            }
        } else if (!proxy.leads) {
            proxy.leads = true;
            proxy.stage = Stage.CLAIMED;
        } else if (proxy.stage == Stage.DOUBTFUL) {
            boolean recorded = proxy.copyEpoch == proxy.route + 1;
            proxy.stage = recorded ? Stage.MISLED : Stage.RECOVERING;
        } else if (!mistakes.contains(Mistake.CLAIMS_BACK_WITHOUT_RECOVERY)) {
            proxy.stage = Stage.CLAIMED;
            proxy.carries = 0;
        }
        // What begins between the two might as well have begun before the first.
        if (!proxy.leads && rule(proxy) == MemberRule.Action.CLOSE) {
            proxy.gateClosed = true;
        }
        moves.made(Step.READ, i);
    }

    /** Resync stops at once. A flip that is running here does not notice: it fails at the next save, or in the tenant's database. */
    static void replaced(ProxyState proxy) {
        proxy.leads = false;
        switch (proxy.stage) {
            case ANNOUNCED, ACKNOWLEDGED, FENCED, SETTLED, COMMITTED -> {}
            default -> proxy.stage = Stage.NONE;
        }
        proxy.carries = 0;
    }

    private void act(Moves moves, int i) {
        MemberRule.Action action = rule(moves.now().proxies[i]);
        if (action == MemberRule.Action.NOTHING) {
            return;
        }
        ProxyState proxy = moves.next().proxies[i];
        switch (action) {
            case CLOSE -> proxy.gateClosed = true;
            case ACKNOWLEDGE -> proxy.acknowledged = proxy.copyRevision;
            case OPEN, TAKE -> {
                proxy.route = proxy.copyEpoch;
                proxy.gateClosed = false;
                proxy.carries = 0;
            }
            case OPEN_WITHOUT_CONTROL -> proxy.gateClosed = false;
            case NOTHING -> throw new IllegalStateException();
        }
        moves.made(Step.valueOf(action.name()), i);
    }

    private MemberRule.Action rule(ProxyState now) {
        boolean running = now.transaction != 0 && !mistakes.contains(Mistake.ACKNOWLEDGES_BEFORE_THE_DRAIN);
        return MemberRule.next(new MemberRule.View(
                new MemberRule.Row(now.copyClosed, now.copyRevision, now.copyEpoch),
                new MemberRule.Own(now.route, now.gateClosed, running, now.acknowledged),
                // The clock of a proxy that is cut off may say at any time that the lease has run out.
                new MemberRule.Link(!now.cut, !now.cut),
                true));
    }
}
