// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.benchmarks.NanosecondsBenchmark;
import dev.cutover.benchmarks.PgbenchMessages;
import dev.cutover.config.MemoryLimits;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.proxy.backend.UnconnectedBackend;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.shared.ClientMemory;
import dev.cutover.proxy.session.state.ClientEncoding;
import dev.cutover.proxy.session.state.Pins;
import dev.cutover.proxy.session.state.SessionSettings;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.session.statement.ClientStatements;
import dev.cutover.proxy.session.statement.SqlPreparedStatements;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Expecting and passing on the replies of one transaction of {@code pgbench -S -M prepared}, up to where they would be
 * written to the client's socket.
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls prepare before anything else
public class ReplyBenchmark extends NanosecondsBenchmark {
    private static final int LENGTH_AT = 1;
    private static final String SQL = "SELECT abalance FROM pgbench_accounts WHERE aid = $1";

    private final Outbox outbox = new Outbox(new EmbeddedChannel());
    private final Done done = new Done();
    private final ClientStatements statements = new ClientStatements(
            new ClientMemory("prepared statements", "", () -> new MemoryLimits(0, 0, 0)).open("acme"));
    private final Conversation conversation =
            new Conversation(new ReplyScope(outbox, statements, new SqlPreparedStatements(), new Pins(), done));
    private final AwaitedPools awaited = conversation.awaited();
    private final ByteBuf replies = PgbenchMessages.replies();
    private final Route route = new Route(
            "acme",
            1,
            Side.BLUE,
            "main",
            "app",
            "acme_v1",
            List.of("acme_v1", "public"),
            Set.of("acme_v1"),
            Planners.unmirrored(),
            "1");
    private Variant statement;

    @Setup
    public void prepare() {
        statement = new ClientStatement(
                        new ClientStatement.ClientParse(
                                "P0_1",
                                SQL.getBytes(StandardCharsets.UTF_8),
                                ClientEncoding.UTF8,
                                InsertedMessages.NO_PARAMETER_TYPES,
                                false),
                        new ClientStatement.Meaning(route, route.planner().plan(SQL), 0, false, false),
                        new SessionSettings(Map.of()),
                        null)
                .variant(false, "");
        conversation.begin(running(route));
    }

    @SuppressWarnings("NullAway") // it is never given back to a pool
    private static Running running(Route route) {
        return new Running(UnconnectedBackend.create(), null, route);
    }

    @Benchmark
    public int expectAndForward() {
        conversation.message(awaited.bind(statement));
        conversation.message(awaited.describe(statement));
        conversation.message(awaited.execute(null, null, null, statement.sent()));
        conversation.message(awaited.sync());
        forward();
        return done.cycles;
    }

    private void forward() {
        int start = 0;
        while (start < replies.writerIndex()) {
            int length = 1 + replies.getInt(start + LENGTH_AT);
            conversation.frame(replies.getByte(start), replies, start, length);
            start += length;
        }
        outbox.discard();
    }

    private static final class Done implements ReplyListener {
        int cycles;

        @Override
        public void completed(Running from, Statement completed, boolean rolledBack) {}

        @Override
        public void described(Running from, Variant variant, byte type, ByteBuf in, int start, int length) {}

        @Override
        public void toldShape(Running from, Variant variant, byte type, ByteBuf in, int start, int length) {}

        @Override
        public void shapeNotTold() {}

        @Override
        public void failed() {
            throw new IllegalStateException("no reply is an error");
        }

        @Override
        public void ready(byte status) {
            cycles++;
        }

        @Override
        public void deallocated() {}

        @Override
        public void settingsRefused(ErrorFields error) {
            throw new IllegalStateException("no reply is an error");
        }

        @Override
        public void settingsApplied() {}

        @Override
        public void aborted() {}

        @Override
        public void inquired(boolean success) {}

        @Override
        public void outOfStep() {}

        @Override
        public void copyIn() {}
    }
}
