// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/**
 * What must hold.
 *
 * <ul>
 *   <li>(a) Every write that a client was told of is on the side that the row says serves.
 *   <li>(b) An epoch has one route: it is recorded once, and no proxy has a route that is not recorded.
 *   <li>(c) No client gets an error from the fence if its proxy was always alive, connected and never counted as dead.
 *   <li>(d) When the protocol has no step left: every connected proxy serves the row's route with its gate open, the tenant is READY
 *       or REVERSIBLE, and the leader has carried every mark over.
 * </ul>
 *
 * <p>{@link FlipSteps} and {@link ClientSteps} check the parts of (b) and (c) that only a step can break.
 */
final class Invariants {
    private Invariants() {}

    /** Checks any state. @return what is broken, or nothing */
    static String broken(FleetState state) {
        int serving = FleetState.side(state.epoch);
        for (ProxyState proxy : state.proxies) {
            for (int write : proxy.writes) {
                if (write != 0 && !ProxyState.isOn(write, serving)) {
                    return "(a) an acknowledged write is not on the side that serves";
                }
            }
            if (proxy.route > state.epoch) {
                return "(b) a proxy has a route that is not recorded";
            }
        }
        return "";
    }

    /** Checks a state out of which the protocol has no step. @return what is broken, or nothing */
    static String brokenAtRest(FleetState state) {
        boolean connected = false;
        boolean carried = false;
        for (ProxyState proxy : state.proxies) {
            if (proxy.connected()) {
                connected = true;
                if (proxy.gateClosed && !state.closed) {
                    return "(d) a gate stays closed although the row does not ask for it";
                }
                if (proxy.route != state.epoch && !state.closed) {
                    return "(d) a connected proxy keeps a route that is not the row's";
                }
                carried |= proxy.leads && proxy.carries == state.epoch;
            }
        }
        if (connected && state.closed) {
            return "(d) the tenant stays SWITCHING";
        }
        if (connected && (!carried || state.marked())) {
            return "(d) nobody carries the marks over";
        }
        return "";
    }
}
