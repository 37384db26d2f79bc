// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/** What must hold in every state. */
final class Invariants {
    private Invariants() {}

    /** Every write that a client was told of is on the side that the row says serves. @return what is broken, or nothing */
    static String broken(FleetState state) {
        int serving = FleetState.side(state.epoch);
        for (ProxyState proxy : state.proxies) {
            for (int write : proxy.writes) {
                if ((write & ProxyState.DONE) != 0 && (write & 1 << serving) == 0) {
                    return "(a) an acknowledged write is not on the side that serves";
                }
            }
        }
        return "";
    }

    /** In a state out of which the protocol has no step, every proxy that is connected serves the row's route. */
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
