// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import java.util.Set;

/**
 * The route change of one tenant in a fleet: what the control database, the tenant's database, the proxies, their clients and the
 * environment may do next, out of any state. The decisions are {@link MemberRule}'s and {@link CoordinatorRule}'s.
 *
 * <p>A step is atomic in reality: one transaction in a database, or one change in a proxy's memory. Between two steps of a proxy, the
 * others may take any number of steps. A proxy reads the row at any time or never, so announcements may be late or lost.
 *
 * <p>Simplifications:
 *
 * <ul>
 *   <li>A transaction is one write of a row of its own. Mirroring is deferred: the write marks, and resync carries the mark over.
 *   <li>An epoch's side alternates, so a route is its epoch.
 *   <li>The control database sees a lease run out only while the proxy is stopped, crashed or cut off. A proxy that is cut off may find
 *       its lease run out at any time, by its own clock.
 *   <li>Only a proxy whose lease runs claims the tenant.
 *   <li>Constraints, sequences, prepared transactions and the limits of time within a step are left out. Any step before the commit may
 *       fail and cancel the flip.
 * </ul>
 */
final class RouteChangeModel {
    private final Bounds bounds;
    private final boolean blindCommits;
    private final ClientSteps clients;
    private final MemberSteps members;
    private final FlipSteps flips;
    private final RecoverySteps recoveries;
    private final EnvironmentSteps environment;

    /**
     * What keeps the number of states finite.
     *
     * @param writes of the clients of one proxy, at most; one or two
     * @param writesInAll of all clients, at most
     * @param changes how many flips and rollbacks are announced; one that is cancelled counts
     * @param troubles how often a proxy stops, crashes, is cut off or loses its session, an answer is lost, or the control database
     *     restarts. A proxy may wake, restart or reconnect at any time, or never
     */
    record Bounds(int proxies, int writes, int writesInAll, int changes, int troubles) {}

    RouteChangeModel(Bounds bounds, Set<Mistake> mistakes) {
        this.bounds = bounds;
        this.blindCommits = mistakes.contains(Mistake.NO_REVISION_CHECK);
        this.clients = new ClientSteps(bounds.writes(), bounds.writesInAll());
        this.members = new MemberSteps(mistakes);
        this.flips = new FlipSteps(mistakes);
        this.recoveries = new RecoverySteps(mistakes);
        this.environment = new EnvironmentSteps(mistakes);
    }

    FleetState empty() {
        return new FleetState(bounds.proxies(), blindCommits);
    }

    /** BLUE serves, the tenant is READY, the first proxy leads. */
    FleetState start() {
        FleetState start = empty();
        start.epoch = 1;
        start.fence[FleetState.GREEN] = 1;
        start.changes = bounds.changes();
        start.troubles = bounds.troubles();
        for (ProxyState proxy : start.proxies) {
            start.read(proxy);
            proxy.acknowledged = -1;
            proxy.route = 1;
        }
        start.proxies[0].named = true;
        start.proxies[0].leads = true;
        start.proxies[0].carries = 1;
        return start;
    }

    Moves moves(Moves.Visitor visitor) {
        return new Moves(empty(), empty(), visitor);
    }

    /** Gives every step out of a state to the visitor. */
    void explore(FleetState state, Moves moves) {
        moves.from(state);
        for (int i = 0; i < bounds.proxies(); i++) {
            clients.explore(moves, i);
            members.explore(moves, i);
            flips.explore(moves, i);
            recoveries.explore(moves, i);
            environment.explore(moves, i);
        }
        environment.exploreControl(moves);
    }
}
