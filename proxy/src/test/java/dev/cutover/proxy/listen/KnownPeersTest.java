// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class KnownPeersTest {
    private static final InetSocketAddress ONE = new InetSocketAddress("127.0.0.1", 1);
    private static final InetSocketAddress OTHER = new InetSocketAddress("127.0.0.1", 2);

    private long now = 1_000_000_000;
    private long slept;
    private int asked;
    private Optional<List<InetSocketAddress>> answer = Optional.of(List.of(ONE));
    private final KnownPeers peers = new KnownPeers(this::ask, () -> now, this::sleep);

    private Optional<List<InetSocketAddress>> ask() {
        asked++;
        return answer;
    }

    private void sleep(long nanos) {
        slept += nanos;
        now += nanos;
    }

    @Test
    void theFirstRequestAsksForThePeers() {
        assertEquals(List.of(ONE), peers.since(now));
        assertEquals(1, asked);
        assertEquals(0, slept);
    }

    @Test
    void aProxyThatHasJoinedAMomentAgoIsKnown() {
        peers.since(now);
        answer = Optional.of(List.of(ONE, OTHER));
        now++;

        assertEquals(List.of(ONE, OTHER), peers.since(now));
    }

    @Test
    void requestsThatCameBeforeTheAnswerWasAskedForShareIt() {
        long first = now;
        now++;
        long second = now;
        now++;

        peers.since(first);
        peers.since(second);

        assertEquals(1, asked);
    }

    @Test
    void manyRequestsDoNotAskWithoutAPause() {
        peers.since(now);
        now++;

        peers.since(now);

        assertEquals(KnownPeers.PAUSE_NANOS - 1, slept);
    }

    @Test
    void aLaterRequestDoesNotWait() {
        peers.since(now);
        now += KnownPeers.PAUSE_NANOS;

        peers.since(now);

        assertEquals(2, asked);
        assertEquals(0, slept);
    }

    @Test
    void theLastKnownPeersCountWhileNobodyCanSay() {
        peers.since(now);
        answer = Optional.empty();
        now++;

        assertEquals(List.of(ONE), peers.since(now));
    }
}
