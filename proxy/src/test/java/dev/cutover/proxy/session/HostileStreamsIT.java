// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.Limits;
import dev.cutover.config.Secret;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.auth.ClientAuthenticator;
import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.client.ClientHandler;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.session.shared.AdminDatabase;
import dev.cutover.proxy.session.shared.Admission;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ReportedParametersCache;
import dev.cutover.proxy.session.shared.SessionServices;
import dev.cutover.proxy.testing.Mutation;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.wire.ListenerTls;
import dev.cutover.proxy.wire.Transport;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/**
 * A hundred thousand spoiled streams: nothing hangs, nothing leaks (Netty's leak detection is on, and it logs), nothing is
 * logged that an operator would have to look at, and the proxy serves on. Seeded: a failure comes again.
 */
@ExtendWith(PostgresExtension.class)
final class HostileStreamsIT {
    private static final long SEED = 20_260_101;
    private static final int STARTUP_CASES = 80_000;
    private static final int SESSION_CASES = 20_000;
    /** Spoiled messages on one connection, as long as it lasts. */
    private static final int PER_CONNECTION = 4;

    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final AppenderBase<ILoggingEvent> listener = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            boolean exception =
                    event.getThrowableProxy() != null && event.getLevel().isGreaterOrEqual(Level.INFO);
            if (exception || event.getLevel().isGreaterOrEqual(Level.WARN)) {
                complaints.add(event.getLoggerName() + ": " + event.getFormattedMessage() + " "
                        + (event.getThrowableProxy() == null
                                ? ""
                                : event.getThrowableProxy().getMessage()));
            }
        }
    };

    private ProxyFixture proxy;
    private TestDatabase database;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 4, Planners.unmirrored());
        listener.start();
        root().addAppender(listener);
    }

    @AfterEach
    void stop() {
        root().detachAppender(listener);
        proxy.close();
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @Test
    void spoiledStartupsAndLogins() throws InterruptedException {
        Random random = new Random(SEED);
        Mutation mutation = new Mutation(random);
        List<byte[]> seeds = List.of(
                startup("user", "app", "database", "acme"),
                startup("user", "app", "options", "-c work_mem=1MB --search_path=a,b", "_pq_.x", "y"),
                packet(80877103),
                packet(80877104),
                packet(80877102, 1, 2),
                join(startup("user", "app"), sasl("n,,n=,r=abcdefghijkl"), sasl("c=biws,r=abc,p=AAAA")));
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            SessionServices services = services(group);
            for (int i = 0; i < STARTUP_CASES; i++) {
                byte[] bytes = mutation.of(seeds.get(random.nextInt(seeds.size())));
                feed(services, bytes, random.nextInt(bytes.length + 1));
            }
            for (byte[] seed : seeds) {
                for (int cut = 0; cut <= seed.length; cut++) {
                    feed(services, seed, cut);
                }
            }
        } finally {
            group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS)
                    .sync();
        }
        assertEquals(List.of(), List.copyOf(complaints));
    }

    private static void feed(SessionServices services, byte[] bytes, int cut) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.pipeline().addLast(new ClientHandler(services, channel, 0));
        channel.pipeline().fireChannelActive();
        channel.writeInbound(channel.alloc().buffer().writeBytes(bytes, 0, cut));
        if (channel.isOpen()) {
            channel.writeInbound(channel.alloc().buffer().writeBytes(bytes, cut, bytes.length - cut));
        }
        channel.runPendingTasks();
        channel.finishAndReleaseAll();
    }

    private static SessionServices services(MultiThreadIoEventLoopGroup group) {
        SecureRandom random = new SecureRandom();
        ProxyMeters meters = new ProxyMeters(new SimpleMeterRegistry());
        ClientAuthenticator authenticator = new ClientAuthenticator(
                new AuthConfig(
                        AuthConfig.Method.SCRAM_SHA_256, Map.of("app", new AuthConfig.User(new Secret("x"), null))),
                random);
        return new SessionServices(
                RouteTable.of(List.of()),
                authenticator,
                new BackendPools(
                        group,
                        Transport.choose(),
                        Map.of(),
                        authenticator,
                        Runnable::run,
                        meters,
                        Duration.ofSeconds(1)),
                new CancelKeys(random),
                new ReportedParametersCache(),
                meters,
                new ListenerTls(null),
                new Admission(Limits.DEFAULT),
                AdminDatabase.CLOSED);
    }

    @Test
    void spoiledSessions() throws Exception {
        Random random = new Random(SEED);
        Mutation mutation = new Mutation(random);
        List<byte[]> seeds = messages();
        for (int done = 0; done < SESSION_CASES; done += PER_CONNECTION) {
            try (RawClient client = login()) {
                for (int i = 0; i < PER_CONNECTION; i++) {
                    byte[] seed = seeds.get(random.nextInt(seeds.size()));
                    client.bytes(random.nextInt(3) == 0 ? seed : mutation.of(seed));
                }
            } catch (IOException e) {
                // The proxy has had enough of it.
            }
        }
        assertServing();
    }

    @Test
    void aSessionCutAtEveryByte() throws Exception {
        byte[] stream = join(messages().toArray(byte[][]::new));
        for (int cut = 0; cut <= stream.length; cut++) {
            try (RawClient client = login()) {
                client.bytes(java.util.Arrays.copyOf(stream, cut));
            }
        }
        assertServing();
    }

    private void assertServing() throws Exception {
        try (RawClient client = login()) {
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
        }
        proxy.routing().gate().close();
        assertTrue(proxy.routing().gate().awaitDrained(Duration.ofSeconds(30)));
        assertEquals(List.of(), List.copyOf(complaints));
    }

    private static List<byte[]> messages() {
        return List.of(
                RawClient.message('Q', RawClient.string("SELECT 1")),
                RawClient.message('Q', RawClient.string("BEGIN; SELECT 2; ROLLBACK")),
                RawClient.message('P', RawClient.string("s"), RawClient.string("SELECT $1::int"), new byte[2]),
                RawClient.message('P', RawClient.string(""), RawClient.string("SELECT 3"), new byte[2]),
                RawClient.message('B', RawClient.string(""), RawClient.string(""), new byte[6]),
                RawClient.message('D', new byte[] {'P'}, RawClient.string("")),
                RawClient.message('E', RawClient.string(""), new byte[4]),
                RawClient.message('C', new byte[] {'S'}, RawClient.string("s")),
                RawClient.message('H'),
                RawClient.message('S'),
                RawClient.message('Q', RawClient.string("COPY item FROM STDIN")),
                RawClient.message('d', "1\ta\n".getBytes(StandardCharsets.US_ASCII)),
                RawClient.message('f', RawClient.string("no")),
                RawClient.message('Q', RawClient.string("SET work_mem = '2MB'")),
                RawClient.message('F', RawClient.int32(177), new byte[6]),
                RawClient.message('S'));
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }

    private static byte[] startup(String... words) {
        byte[] body = (String.join("\0", words) + "\0\0").getBytes(StandardCharsets.UTF_8);
        return join(RawClient.int32(8 + body.length), RawClient.int32(3 << 16), body);
    }

    private static byte[] packet(int... words) {
        byte[] packet = RawClient.int32(4 + 4 * words.length);
        for (int word : words) {
            packet = join(packet, RawClient.int32(word));
        }
        return packet;
    }

    private static byte[] sasl(String message) {
        byte[] data = message.getBytes(StandardCharsets.US_ASCII);
        return message.startsWith("n")
                ? RawClient.message('p', RawClient.string("SCRAM-SHA-256"), RawClient.int32(data.length), data)
                : RawClient.message('p', data);
    }

    private static byte[] join(byte[]... parts) {
        return Unpooled.wrappedBuffer(parts).copy().array();
    }
}
