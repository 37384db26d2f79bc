// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.MemoryLimits;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.WriteStatement.Kind;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Reply;
import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.MemoryBackend;
import dev.cutover.proxy.backend.PreparedOnBackend.Presence;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.reply.EditedText;
import dev.cutover.proxy.reply.SentText;
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
import dev.cutover.proxy.testing.FakePlanner;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ConversationTest {
    private final EmbeddedChannel client = new EmbeddedChannel();
    private final EmbeddedChannel server = new EmbeddedChannel();
    private final Outbox outbox = new Outbox(client);
    private final Recorder recorder = new Recorder();
    private final ClientStatements statements = new ClientStatements(
            new ClientMemory("prepared statements", "", () -> new MemoryLimits(0, 0, 0)).open("acme"));
    private final SqlPreparedStatements sqlPrepared = new SqlPreparedStatements();
    private final Pins pins = new Pins();
    private final Conversation conversation =
            new Conversation(new ReplyScope(outbox, statements, sqlPrepared, pins, recorder));
    private final AwaitedPools awaited = conversation.awaited();
    private final BackendConnection backend = MemoryBackend.on(server);
    private final Route route = ProxyFixture.route(1, Side.BLUE, "app", new FakePlanner());

    @BeforeEach
    void borrow() {
        conversation.begin(new Running(backend, null, route));
    }

    @AfterEach
    void close() {
        outbox.flush();
        conversation.flush();
        client.finishAndReleaseAll();
        server.finishAndReleaseAll();
    }

    @Test
    void anInjectedParseIsNotSeenByTheClient() {
        send(awaited.ownParse(null), awaited.bind(null), awaited.unreadExecute(), awaited.sync());
        replies("1", "2", "D", "C", "Z");
        assertEquals("2DCZ", seen());
    }

    @Test
    void aSynthesisedReplyComesAtItsPlace() {
        send(awaited.parse(null));
        conversation.answer(awaited.knownParse(statement("known")));
        send(awaited.bind(null));
        conversation.answer(awaited.virtualClose(null));
        send(awaited.sync());
        replies("1", "2", "Z");
        assertEquals("1123Z", seen());
    }

    @Test
    void anErrorSkipsToSyncAndTellsTheLastOneFirst() {
        Variant variant = variant("asked");
        send(awaited.parse(null), awaited.injectedDescribe(variant), awaited.deallocate(plan("x"), "DEALLOCATE"));
        send(awaited.sync(), awaited.unreadQuery());
        replies("E", "Z", "C", "Z");
        assertEquals("EZCZ", seen());
        assertEquals(List.of("failed", "deallocated", "shape not told", "ready", "ready"), recorder.seen);
    }

    @Test
    void aStatementIsTriedAgainUnseen() {
        AwaitedStatement first = awaited.execute(null, null, null, null);
        send(first, awaited.sync());
        assertTrue(conversation.endsWithFirst());
        send(awaited.injectedClose(), awaited.ownParse(null), awaited.injectedBind(null));
        send(awaited.execute(null, null, null, null), awaited.sync());
        assertFalse(conversation.endsWithFirst());
        conversation.hideError();
        replies("Z", "3", "1", "2", "C", "Z");
        assertEquals("CZ", seen());
        assertEquals(List.of("ready"), recorder.seen);
    }

    @Test
    void aSimpleQueryIsTriedAgainUnseen() {
        send(awaited.unreadQuery());
        assertTrue(conversation.endsWithFirst());
        send(awaited.unreadQuery());
        conversation.hideError();
        replies("Z", "T", "D", "C", "Z");
        assertEquals("TDCZ", seen());
    }

    @Test
    void anErrorWithoutSyncSkipsWhatIsSentLater() {
        send(awaited.parse(null), awaited.bind(null));
        replies("E");
        assertTrue(conversation.skipping());
        send(awaited.sync());
        assertFalse(conversation.skipping());
    }

    @Test
    void anErrorOfASimpleQuerySkipsNothing() {
        send(awaited.unreadQuery(), awaited.unreadQuery());
        replies("E", "Z", "C", "Z");
        assertEquals("EZCZ", seen());
        assertEquals(List.of("failed", "ready", "ready"), recorder.seen);
    }

    @Test
    void settingsAreSwallowedUpToReadyForQuery() {
        send(awaited.settings(), awaited.unreadQuery());
        assertTrue(conversation.preparing());
        replies("C", "C", "Z", "C", "Z");
        assertEquals("CZ", seen());
        assertEquals(List.of("settings applied", "ready"), recorder.seen);
    }

    @Test
    void copyInForgetsTheSyncThatTheServerIgnores() {
        send(awaited.unreadExecute(), awaited.sync());
        replies("G");
        assertTrue(conversation.takesCopyData());
        conversation.endCopy(Unpooled.EMPTY_BUFFER, 0, 0);
        assertFalse(conversation.takesCopyData());
        send(awaited.sync());
        replies("C", "Z");
        assertEquals("GCZ", seen());
        assertTrue(conversation.answered());
    }

    @Test
    void copyInWhoseDataHasEndedAlreadyKeepsItsSync() {
        send(awaited.unreadExecute(), awaited.copyEnd(), awaited.sync());
        replies("G", "C", "Z");
        assertEquals("GCZ", seen());
        assertTrue(conversation.answered());
    }

    @Test
    void theQueueGrowsAndStaysInOrder() {
        for (int i = 0; i < 100; i++) {
            send(awaited.parse(null), awaited.bind(null));
            replies("1");
            send(awaited.sync());
            replies("2");
            send(awaited.unreadQuery(), awaited.parse(null), awaited.bind(null));
            replies("Z", "Z", "1", "2");
        }
        Awaited last = awaited.sync();
        send(last);
        assertSame(last, conversation.next());
    }

    @Test
    void anAnsweredMessageIsUsedForTheNextOne() {
        Awaited first = awaited.bind(variant("a"));
        send(first);
        replies("2");
        Awaited second = awaited.bind(null);
        assertSame(first, second);
        assertNull(second.variant());
    }

    @Test
    void aMessageGoesOutWithItsExpectation() {
        Messages.query(conversation.message(awaited.unreadQuery()), "SELECT 1", StandardCharsets.UTF_8);
        conversation.flush();
        ByteBuf sent = server.readOutbound();
        assertEquals('Q', sent.getByte(0));
        sent.release();
        assertFalse(conversation.answered());
        assertTrue(conversation.cycle().atBoundary());
    }

    @Test
    void eachQueryOfTheProxysTakesTheUnnamedStatementAway() {
        backend.prepared().unnamed(variant("s"));
        conversation.query("PREPARE p AS SELECT 1", StandardCharsets.UTF_8, awaited.prepare("p"));
        assertNull(backend.prepared().unnamed());
    }

    @Test
    void aRowThatCountsIsNotTheClients() {
        Mirrored rewrite = new Mirrored("SELECT count", new Reply(Kind.UPDATE, Shape.COUNT_ROW), List.of(), null);
        send(awaited.query(null, null, null, SentText.mirrored(rewrite, "UPDATE t")));
        replies("T");
        ByteBuf row = Unpooled.buffer()
                .writeByte('D')
                .writeInt(11)
                .writeShort(1)
                .writeInt(1)
                .writeByte('7');
        conversation.frame((byte) 'D', row, 0, row.readableBytes());
        row.release();
        replies("C", "Z");
        assertEquals("CZ", seen());
    }

    @Test
    void aParseThatIsAnsweredIsOnTheBackend() {
        Variant variant = variant("s");
        backend.prepared().add(key(variant), 0);
        send(awaited.parse(variant));
        assertEquals(Presence.UNCERTAIN, backend.prepared().presence(key(variant), 1));
        replies("1");
        assertEquals(Presence.PRESENT, backend.prepared().presence(key(variant), 1));
    }

    @Test
    void aParseThatFailsIsForgottenHereAndThere() {
        Variant variant = variant("s");
        statements.put(variant.statement());
        backend.prepared().add(key(variant), 0);
        send(awaited.parse(variant));
        replies("E");
        assertNull(statements.get("s"));
        assertEquals(Presence.ABSENT, backend.prepared().presence(key(variant), 0));
    }

    @Test
    void anInjectedParseThatFailsLeavesTheSessionItsStatement() {
        Variant variant = variant("s");
        statements.put(variant.statement());
        backend.prepared().add(key(variant), 0);
        send(awaited.injectedParse(variant));
        replies("E");
        assertSame(variant.statement(), statements.get("s"));
        assertEquals(Presence.ABSENT, backend.prepared().presence(key(variant), 0));
    }

    @Test
    void aCloseThatIsSkippedPutsTheStatementBack() {
        ClientStatement statement = statement("s");
        statements.put(statement);
        statements.close("s");
        send(awaited.bind(null));
        conversation.answer(awaited.virtualClose(statement));
        replies("E");
        assertSame(statement, statements.get("s"));
        assertEquals("E", seen());
    }

    @Test
    void anEvictionThatIsSkippedIsTakenBack() {
        Variant variant = variant("s");
        send(awaited.bind(null), awaited.evict(key(variant)));
        replies("E");
        assertEquals(Presence.PRESENT, backend.prepared().presence(key(variant), 5));
    }

    @Test
    void aRefusalIsAnsweredByItsOwnError() {
        send(awaited.refusedParse(ErrorFields.error("0A000", "refused", "never")));
        replies("E");
        outbox.flush();
        ByteBuf error = client.readOutbound();
        assertEquals(
                "0A000", ErrorFields.decode(error, 0, error.readableBytes()).sqlState());
        error.release();
    }

    @Test
    void aStatementThatWasAddedToATextIsNotAnswered() {
        EditedText edited = new EditedText("RESET ALL; SELECT 1");
        edited.replace(0, 9, "RESET ALL", null, List.of("SET search_path TO acme"));
        edited.keep();
        send(awaited.query(null, null, edited, null));
        replies("C", "C", "C", "Z");
        assertEquals("CCZ", seen());
    }

    @Test
    void theEffectsOfStatementsAreFollowedInTheirOrder() {
        StatementPlan plan = plan("a; b");
        send(awaited.query(plan, null, null, null));
        replies("C", "C", "Z");
        assertEquals(plan.text().statements().size(), recorder.completed.size());
        assertEquals(plan.text().statements(), recorder.completed);
    }

    @Test
    void theQuestionWhatStillPinsIsAnsweredToTheSession() {
        send(awaited.inquiry());
        assertFalse(conversation.preparing());
        replies("C", "Z");
        assertEquals("", seen());
        assertEquals(List.of("inquired true"), recorder.seen);
    }

    @Test
    void aQuestionThatFailsTellsNothing() {
        send(awaited.inquiry());
        replies("E", "Z");
        assertEquals("", seen());
        assertEquals(List.of("inquired false"), recorder.seen);
    }

    @Test
    void aPrepareThatAnotherBackendRefusesIsKeptAsTheReason() {
        ErrorFields refusal = ErrorFields.error("42601", "no", "never");
        send(awaited.prepare("p"));
        replies("E", "Z");
        assertEquals("", seen());
        ErrorFields unknown = ErrorFields.error("26000", "prepared statement \"p\" does not exist", "");
        assertEquals(refusal.message(), sqlPrepared.failure(unknown).message());
    }

    @Test
    void settingsThatAreRefusedEndTheSession() {
        send(awaited.settings());
        replies("E");
        assertEquals("", seen());
        assertEquals(List.of("settings refused"), recorder.seen);
    }

    @Test
    void theReasonOfACancelIsToldOnce() {
        conversation.cancels(ErrorFields.error("57014", "too long", ""));
        assertNull(conversation.takeCancelReason(ErrorFields.error("23505", "other", "")));
        assertEquals(
                "too long",
                conversation
                        .takeCancelReason(ErrorFields.error("57014", "canceled", ""))
                        .message());
        assertNull(conversation.takeCancelReason(ErrorFields.error("57014", "canceled", "")));
    }

    @Test
    void whatWaitsBehindADeallocateIsLetGoWhenAllIsAnswered() {
        conversation.deallocates();
        send(awaited.unreadQuery());
        assertTrue(conversation.deallocating());
        replies("C", "Z");
        assertFalse(conversation.deallocating());
    }

    @Test
    void aBackendThatIsGoneAnswersNothingMore() {
        send(awaited.unreadQuery(), awaited.parse(null));
        conversation.backendGone();
        assertTrue(conversation.answered());
        assertFalse(conversation.earlierCycleOutstanding());
        assertEquals(0, conversation.outstandingBinds());
    }

    private void send(Awaited... messages) {
        for (Awaited message : messages) {
            conversation.message(message);
        }
    }

    private void replies(String... types) {
        for (String type : types) {
            ByteBuf frame = Unpooled.buffer();
            switch (type) {
                case "E" -> ErrorFields.error("42601", "no", "never").writeTo(frame);
                case "C" -> Messages.commandComplete(frame, "SELECT 1");
                case "Z" -> Messages.readyForQuery(frame, (byte) 'I');
                default -> Messages.bare(frame, (byte) type.charAt(0));
            }
            conversation.frame((byte) type.charAt(0), frame, 0, frame.readableBytes());
            frame.release();
        }
    }

    private String seen() {
        outbox.flush();
        StringBuilder types = new StringBuilder();
        ByteBuf out;
        while ((out = client.readOutbound()) != null) {
            while (out.isReadable()) {
                types.append(out.readCharSequence(1, StandardCharsets.US_ASCII));
                out.skipBytes(out.readInt() - 4);
            }
            out.release();
        }
        return types.toString();
    }

    private StatementPlan plan(String sql) {
        return route.planner().plan(sql);
    }

    private ClientStatement statement(String name) {
        String sql = "SELECT 1";
        return new ClientStatement(
                new ClientStatement.ClientParse(
                        name,
                        sql.getBytes(StandardCharsets.UTF_8),
                        ClientEncoding.UTF8,
                        InsertedMessages.NO_PARAMETER_TYPES,
                        false),
                new ClientStatement.Meaning(route, plan(sql), 0, false, false),
                new SessionSettings(Map.of()),
                null);
    }

    private Variant variant(String name) {
        return statement(name).variant(false, "");
    }

    private static StatementKey key(Variant variant) {
        return variant.key();
    }

    private static final class Recorder implements ReplyListener {
        final List<String> seen = new ArrayList<>();
        final List<Statement> completed = new ArrayList<>();

        @Override
        public void completed(Running from, Statement statement, boolean rolledBack) {
            completed.add(statement);
        }

        @Override
        public void described(Running from, Variant variant, byte type, ByteBuf in, int start, int length) {}

        @Override
        public void toldShape(Running from, Variant variant, byte type, ByteBuf in, int start, int length) {}

        @Override
        public void shapeNotTold() {
            seen.add("shape not told");
        }

        @Override
        public void failed() {
            seen.add("failed");
        }

        @Override
        public void ready(byte status) {
            seen.add("ready");
        }

        @Override
        public void deallocated() {
            seen.add("deallocated");
        }

        @Override
        public void settingsRefused(ErrorFields error) {
            seen.add("settings refused");
        }

        @Override
        public void settingsApplied() {
            seen.add("settings applied");
        }

        @Override
        public void aborted() {
            seen.add("aborted");
        }

        @Override
        public void inquired(boolean success) {
            seen.add("inquired " + success);
        }

        @Override
        public void outOfStep() {
            seen.add("out of step");
        }

        @Override
        public void copyIn() {}
    }
}
