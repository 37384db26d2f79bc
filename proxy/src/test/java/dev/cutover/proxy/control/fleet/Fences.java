// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/** The fences as the side that serves by a proxy's copy of the row wants them. */
final class Fences {
    private Fences() {}

    /** To set a fence waits for the side's running writers. */
    static boolean mayGiveBack(FleetState state, ProxyState proxy) {
        int idle = 1 - FleetState.side(proxy.copyEpoch);
        return state.fence[idle] == proxy.copyEpoch || !state.written(idle);
    }

    static void giveBack(FleetState state, ProxyState proxy) {
        int serving = FleetState.side(proxy.copyEpoch);
        state.fence[serving] = 0;
        state.fence[1 - serving] = proxy.copyEpoch;
    }
}
