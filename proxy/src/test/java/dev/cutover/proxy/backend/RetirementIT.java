// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.AuthConfig.User;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.PoolConfig;
import dev.cutover.config.Secret;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.auth.ClientAuthenticator;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.testing.HangingServer;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Transport;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is retired serves nobody afterwards, wherever the connection is at that moment. */
@ExtendWith(PostgresExtension.class)
final class RetirementIT {
    private final Transport transport = Transport.choose();
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, transport.handlers());
    private volatile Runnable accepted = () -> {};
    private HangingServer relay;
    private BackendPools pools;
    private PoolKey key;

    @BeforeEach
    void start(TestDatabase database) throws IOException {
        TestServer server = database.server();
        relay = new HangingServer(server.host(), server.port(), () -> accepted.run());
        ClusterConfig cluster = new ClusterConfig("main", relay.endpoint(), new PoolConfig(1), ClusterTls.DISABLED);
        AuthConfig auth = new AuthConfig(
                AuthConfig.Method.TRUST, Map.of(server.user(), new User(new Secret(server.password()), null)));
        pools = new BackendPools(
                group,
                transport,
                Map.of("main", cluster),
                new ClientAuthenticator(auth, new SecureRandom()),
                Runnable::run,
                new ProxyMeters(new SimpleMeterRegistry()),
                Duration.ofSeconds(30));
        key = new PoolKey("main", database.name(), server.user());
    }

    @AfterEach
    void stop() throws IOException {
        relay.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aConnectionThatMovesToAnotherEventLoopIsRetiredToo() throws Exception {
        EventLoop here = group.next();
        EventLoop there = group.next();
        BackendConnection held = get(borrow(here));
        CompletableFuture<BackendConnection> waiting = borrow(there);
        there.submit(() -> {}).sync();
        // The other loop looks at its pool before the connection arrives there, this one after it has left.
        here.submit(() -> {
                    pools.retire(key::equals);
                    there.submit(() -> {}).awaitUninterruptibly();
                    pools.on(here).pool(key).giveBack(held);
                })
                .sync();
        assertNotSame(held, get(waiting));
    }

    @Test
    void aConnectionThatIsBeingOpenedIsRetiredToo() throws Exception {
        EventLoop here = group.next();
        BackendConnection former = get(borrow(here));
        AtomicInteger opened = new AtomicInteger();
        accepted = () -> {
            if (opened.incrementAndGet() == 1) {
                pools.retire(key::equals);
            }
        };
        here.submit(() -> {
                    pools.retire(key::equals);
                    pools.on(here).pool(key).giveBack(former);
                })
                .sync();
        get(borrow(here));
        assertEquals(2, opened.get(), "the first one was retired while it was being opened");
    }

    private CompletableFuture<BackendConnection> borrow(EventLoop loop) {
        CompletableFuture<BackendConnection> lent = new CompletableFuture<>();
        loop.execute(() -> pools.on(loop)
                .pool(key)
                .borrow(
                        "acme",
                        new Borrower() {
                            @Override
                            public void lent(BackendConnection connection) {
                                lent.complete(connection);
                            }

                            @Override
                            public void refused(ErrorFields error) {
                                lent.completeExceptionally(new IllegalStateException(error.toString()));
                            }
                        },
                        Orphan.LISTENER));
        return lent;
    }

    private static BackendConnection get(CompletableFuture<BackendConnection> lent) throws Exception {
        return lent.get(60, TimeUnit.SECONDS);
    }
}
