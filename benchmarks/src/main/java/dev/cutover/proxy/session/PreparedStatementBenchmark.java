// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.benchmarks.NanosecondsBenchmark;
import dev.cutover.config.MemoryLimits;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.proxy.backend.PreparedOnBackend;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.shared.ClientMemory;
import dev.cutover.proxy.session.state.ClientEncoding;
import dev.cutover.proxy.session.state.SessionSettings;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.session.statement.ClientStatements;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a Bind asks: which statement the client means, and whether the borrowed backend has it prepared. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls fill before anything else
public class PreparedStatementBenchmark extends NanosecondsBenchmark {
    private static final String SEARCH_PATH = "\"acme_v1\", \"public\"";

    @Param({"1", "200"})
    int statements;

    private final ClientStatements known = new ClientStatements(
            new ClientMemory("prepared statements", "", () -> new MemoryLimits(0, 0, 0)).open("acme"));
    private final PreparedOnBackend onBackend = new PreparedOnBackend();
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
    private ByteBuf name;

    @Setup
    public void fill() {
        SessionSettings settings = new SessionSettings(Map.of());
        for (int i = 0; i < statements; i++) {
            String sql = "SELECT balance FROM accounts WHERE id = $1 AND " + i + " = " + i;
            ClientStatement statement = new ClientStatement(
                    new ClientStatement.ClientParse(
                            "S_" + i,
                            sql.getBytes(StandardCharsets.UTF_8),
                            ClientEncoding.UTF8,
                            InsertedMessages.NO_PARAMETER_TYPES,
                            false),
                    new ClientStatement.Meaning(route, route.planner().plan(sql), 0, false, false),
                    settings,
                    null);
            known.put(statement);
            StatementKey key =
                    Objects.requireNonNull(statement.variant(false, SEARCH_PATH).key());
            onBackend.add(key, 0);
            onBackend.confirm(key);
        }
        name = Unpooled.copiedBuffer("S_" + statements / 2 + "\0", StandardCharsets.UTF_8);
    }

    @Benchmark
    public boolean find() {
        String asked = Strings.read(name, 0, name.writerIndex() - 1);
        ClientStatement statement = Objects.requireNonNull(known.get(asked));
        statement.plan(route, 0);
        Variant variant = statement.variant(false, SEARCH_PATH);
        return onBackend.presence(Objects.requireNonNull(variant.key()), 1) == Presence.PRESENT;
    }
}
