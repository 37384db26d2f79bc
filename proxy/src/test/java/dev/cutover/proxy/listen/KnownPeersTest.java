// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KnownPeersTest {
    private static final long SECOND = 1_000_000_000;

    private long now;
    private int asked;
    private final KnownPeers peers = new KnownPeers(this::ask, () -> now);

    private List<InetSocketAddress> ask() {
        asked++;
        return List.of();
    }

    @Test
    void theFirstRequestAsksForThePeers() {
        peers.get();

        assertEquals(1, asked);
    }

    @Test
    void requestsWithinASecondAskForThePeersOnce() {
        peers.get();
        now += SECOND;

        peers.get();

        assertEquals(1, asked);
    }

    @Test
    void aLaterRequestAsksForThePeersAgain() {
        peers.get();
        now += SECOND + 1;

        peers.get();

        assertEquals(2, asked);
    }
}
