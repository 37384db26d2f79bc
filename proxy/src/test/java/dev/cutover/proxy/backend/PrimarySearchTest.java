// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.Endpoint;
import dev.cutover.config.PoolConfig;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Servers that answer a search for the primary in every way, in memory. */
final class PrimarySearchTest {
    private static final Endpoint A = new Endpoint("a", 1);
    private static final Endpoint B = new Endpoint("b", 1);
    private static final Endpoint C = new Endpoint("c", 1);

    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final List<Endpoint> asked = new ArrayList<>();
    private final List<Borrower> answers = new ArrayList<>();
    private final List<String> moved = new ArrayList<>();
    private final Outcome outcome = new Outcome();
    private final List<EmbeddedChannel> channels = new ArrayList<>();

    @AfterEach
    void release() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    private static final class Outcome implements Borrower {
        private BackendConnection connection;
        private ErrorFields error;

        @Override
        public void lent(BackendConnection found) {
            connection = found;
        }

        @Override
        public void refused(ErrorFields reason) {
            error = reason;
        }
    }

    private static ClusterConfig cluster(Endpoint... hosts) {
        return new ClusterConfig("main", List.of(hosts), Duration.ofMinutes(1), new PoolConfig(2), ClusterTls.DISABLED);
    }

    private void search(ClusterLimit limit) {
        PrimarySearch.Opener opener = (server, opened) -> {
            asked.add(server);
            answers.add(opened);
        };
        new PrimarySearch(loop.eventLoop(), limit, opener, moved::add, outcome).begin();
    }

    private static ClusterLimit limit(ClusterConfig cluster) {
        return new ClusterLimit(cluster, tenant -> 0);
    }

    private void refuse(String code) {
        answers.get(answers.size() - 1).refused(ErrorFields.fatal(code, "no", ""));
    }

    private BackendConnection answer(boolean standby) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channels.add(channel);
        BackendConnection connection =
                new BackendConnection(new PoolKey("main", "app", "app", ""), channel, null, new LongAdder());
        connection.inRecovery(standby);
        answers.get(answers.size() - 1).lent(connection);
        return connection;
    }

    @Test
    void aStandbyThatRefusesTheLoginDoesNotHideThePrimary() {
        search(limit(cluster(A, B, C)));
        refuse("08001");
        refuse("28000");
        BackendConnection primary = answer(false);

        assertEquals(List.of(A, B, C), asked);
        assertSame(primary, outcome.connection);
    }

    @Test
    void ifAllServersAnswerTheErrorIsToldAtOnce() {
        search(limit(cluster(A, B)));
        refuse("28P01");
        BackendConnection standby = answer(true);

        assertEquals(List.of(A, B), asked);
        assertEquals("28P01", outcome.error.sqlState());
        assertFalse(standby.open());
    }

    @Test
    void whileAServerIsMissingTheSearchGoesOn() {
        search(limit(cluster(A, B)));
        refuse("08001");
        refuse("28000");

        assertNull(outcome.error);
        loop.advanceTimeBy(1, java.util.concurrent.TimeUnit.SECONDS);
        loop.runScheduledPendingTasks();
        assertEquals(List.of(A, B, A), asked);
    }

    /** It hung, another server took over, and it wakes. */
    @Test
    void aFormerPrimaryIsNotTakenBackByASearchThatBeganBefore() {
        ClusterLimit limit = limit(cluster(A, B));
        assertEquals(Outage.Found.SAME, limit.outage().found(A, limit.outage().generation()));
        search(limit);
        assertEquals(
                Outage.Found.ANOTHER, limit.outage().found(B, limit.outage().generation()));

        BackendConnection former = answer(false);

        assertFalse(former.open());
        assertEquals(List.of(A, B), asked, "it begins again with the present one");
        assertSame(answer(false), outcome.connection);
        assertEquals(B, limit.outage().primary());
    }

    /** As for each tenant of a reload. */
    @Test
    void otherLimitsOfTheSameServersDoNotRestartTheOutage() {
        ClusterLimit limit = limit(cluster(A, B));
        long now = System.nanoTime();
        limit.outage().searchedInVain(limit.cluster(), now);

        limit.reconfigure(cluster(A, B));

        assertTrue(limit.outage().missing());
        assertEquals(0, limit.outage().generation());
        limit.reconfigure(cluster(A, C));
        assertFalse(limit.outage().missing());
    }

    @Test
    void aServerThatIsNoLongerConfiguredIsNotTaken() {
        ClusterLimit limit = limit(cluster(A, B));
        search(limit);
        limit.reconfigure(cluster(C));

        BackendConnection former = answer(false);

        assertFalse(former.open());
        assertEquals(List.of(A, C), asked);
        answer(false);
        assertEquals(C, limit.outage().primary());
    }

    @Test
    void aMoveIsToldOnceAndTheFirstFindIsNone() {
        ClusterLimit limit = limit(cluster(A, B));
        search(limit);
        answer(true);
        answer(false);
        assertEquals(List.of(), moved);

        search(limit);
        refuse("57P03");
        answer(false);

        assertEquals(List.of("main"), moved);
        assertEquals(A, limit.outage().primary());
    }
}
