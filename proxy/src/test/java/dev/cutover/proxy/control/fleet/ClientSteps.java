// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/** Clients' transactions: one at a time at each proxy, with one write each. Mirroring is deferred: a write marks. */
final class ClientSteps {
    private final int writes;
    private final int inAll;

    /**
     * @param writes how many the clients of one proxy make at most
     * @param inAll how many the clients of all proxies make at most
     */
    ClientSteps(int writes, int inAll) {
        this.writes = writes;
        this.inAll = inAll;
    }

    void explore(Moves moves, int i) {
        ProxyState proxy = moves.now().proxies[i];
        if (!proxy.running()) {
            return;
        }
        switch (proxy.transaction) {
            case ProxyState.BEGUN -> send(moves, i);
            case ProxyState.EXECUTED -> commit(moves, i);
            default -> begin(moves, i);
        }
    }

    private void begin(Moves moves, int i) {
        ProxyState now = moves.now().proxies[i];
        if (!now.gateClosed && now.freeWrite(writes) >= 0 && moves.now().writes() < inAll) {
            ProxyState proxy = moves.next().proxies[i];
            proxy.transaction = ProxyState.BEGUN;
            proxy.transactionEpoch = proxy.route;
            moves.made(Step.BEGIN, i);
        }
    }

    private static void send(Moves moves, int i) {
        FleetState next = moves.next();
        ProxyState proxy = next.proxies[i];
        if (next.fence[FleetState.side(proxy.transactionEpoch)] == 0) {
            proxy.transaction = ProxyState.EXECUTED;
            moves.made(Step.WRITE, i);
        } else {
            proxy.transaction = 0;
            proxy.transactionEpoch = 0;
            moves.made(
                    Step.REFUSED,
                    i,
                    proxy.suspect ? "" : "(c) a client of a proxy that was always alive and connected gets an error");
        }
    }

    private void commit(Moves moves, int i) {
        ProxyState proxy = moves.next().proxies[i];
        proxy.writes[proxy.freeWrite(writes)] = ProxyState.markedOn(FleetState.side(proxy.transactionEpoch));
        proxy.transaction = 0;
        proxy.transactionEpoch = 0;
        moves.made(Step.ACKNOWLEDGE_WRITE, i);
    }
}
