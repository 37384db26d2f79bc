// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.wire.StartupPacket;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes cancel requests that fit no session of this proxy on to the other proxies of its fleet. A load balancer may bring a client's
 * cancel request to another proxy than its session. A peer does not pass such a request on again.
 */
final class PeerCancels implements CancelKeys.Peers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerCancels.class);
    private static final int THREADS = 2;
    /** Strangers may send requests with any key. */
    private static final int MOST_WAITING = 100;

    private static final int CONNECT_MILLIS = 2_000;

    private final KnownPeers peers;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            new DefaultThreadFactory("cutover-cancel", true));

    /** @param peers where the other proxies listen at the moment; empty if that cannot be found out; may block */
    PeerCancels(Supplier<Optional<List<InetSocketAddress>>> peers) {
        this.peers = new KnownPeers(peers, System::nanoTime, LockSupport::parkNanos);
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void cancel(int processId, byte[] secretKey) {
        long arrival = peers.now();
        try {
            threads.execute(() -> peers.since(arrival).forEach(peer -> send(peer, processId, secretKey)));
        } catch (RejectedExecutionException e) {
            LOG.debug("a cancel request is dropped: {} wait", MOST_WAITING);
        }
    }

    private static void send(InetSocketAddress peer, int processId, byte[] secretKey) {
        int length = 12 + secretKey.length;
        byte[] request = ByteBuffer.allocate(length)
                .putInt(length)
                .putInt(StartupPacket.PEER_CANCEL_REQUEST_CODE)
                .putInt(processId)
                .put(secretKey)
                .array();
        try (Socket socket = new Socket()) {
            socket.connect(peer, CONNECT_MILLIS);
            socket.setSoTimeout(CONNECT_MILLIS);
            socket.getOutputStream().write(request);
            // The peer closes the connection when it has dealt with the request.
            int ignored = socket.getInputStream().read();
        } catch (IOException e) {
            LOG.debug("a cancel request does not reach a proxy peer={} reason={}", peer, e.getMessage());
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
