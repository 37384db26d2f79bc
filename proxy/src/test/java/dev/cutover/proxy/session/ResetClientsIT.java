// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.wire.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that reset their connections in the middle of a large result, beside clients that connect and ask one question. */
@ExtendWith(PostgresExtension.class)
final class ResetClientsIT {
    private static final int RESETTERS = 6;
    private static final int INNOCENTS = 4;
    private static final int CONNECTIONS = Extent.of(80, 250);
    private static final String LARGE = "SELECT repeat('x', 1000) FROM generate_series(1, 20000)";

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
        System.clearProperty(Transport.PROPERTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void cutOffNobodyElse(String transport, TestDatabase database) throws Exception {
        System.setProperty(Transport.PROPERTY, transport);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicInteger resets = new AtomicInteger();
        String user = database.server().user();
        try (ProxyFixture proxy = ProxyFixture.start(database, 30, Planners.unmirrored())) {
            List<Future<List<String>>> innocents = new ArrayList<>();
            for (int i = 0; i < INNOCENTS; i++) {
                innocents.add(threads.submit(() -> innocent(proxy.port(), user)));
            }
            for (int i = 0; i < RESETTERS; i++) {
                threads.submit(resetter(proxy.port(), user, ended, resets));
            }

            for (Future<List<String>> innocent : innocents) {
                assertEquals(List.of(), innocent.get(5, TimeUnit.MINUTES));
            }
            ended.set(true);
        }
        assertTrue(resets.get() > 0, "some connections were reset");
    }

    /** @return what went wrong */
    private static List<String> innocent(int port, String user) {
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            try (RawClient client = RawClient.login(port, user, ProxyFixture.TENANT)) {
                String answer = client.query("SELECT 1").summary();
                if (!answer.equals("TDC[SELECT 1]ZI")) {
                    failures.add(i + ": " + answer);
                }
            } catch (IOException e) {
                failures.add(i + ": " + e);
            }
        }
        return failures;
    }

    private static Callable<Void> resetter(int port, String user, AtomicBoolean ended, AtomicInteger resets) {
        return () -> {
            while (!ended.get()) {
                try (RawClient client = RawClient.login(port, user, ProxyFixture.TENANT)) {
                    client.query(LARGE);
                    for (int i = 0; i < 50; i++) {
                        client.read();
                    }
                    resets.incrementAndGet();
                } catch (IOException e) {
                    // The proxy is being stopped.
                }
            }
            return null;
        };
    }
}
