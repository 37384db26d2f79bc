package dev.cutover.proxy.reply;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReplyQueueTest {
    private final EmbeddedChannel client = new EmbeddedChannel();
    private final Outbox outbox = new Outbox(client);
    private final ReplyQueue queue = new ReplyQueue();
    private final Recorder recorder = new Recorder();
    private final ReplyTranslator translator = new ReplyTranslator(queue, outbox, recorder);

    @AfterEach
    void close() {
        outbox.flush();
        client.finishAndReleaseAll();
    }

    @Test
    void anInjectedParseIsNotSeenByTheClient() {
        expect(Kind.INJECTED_PARSE, Kind.BIND, Kind.EXECUTE, Kind.SYNC);
        replies("1", "2", "D", "C", "Z");
        assertEquals("2DCZ", seen());
    }

    @Test
    void aSynthesisedReplyComesAtItsPlace() {
        expect(Kind.PARSE, Kind.KNOWN_PARSE, Kind.BIND, Kind.VIRTUAL_CLOSE, Kind.SYNC);
        replies("1", "2", "Z");
        assertEquals("1123Z", seen());
    }

    @Test
    void anErrorSkipsToSyncAndTellsTheLastOneFirst() {
        expect(Kind.PARSE, Kind.BIND, Kind.KNOWN_PARSE, Kind.SYNC, Kind.QUERY);
        replies("E", "Z", "C", "Z");
        assertEquals("EZCZ", seen());
        assertEquals(List.of("failed PARSE", "skipped KNOWN_PARSE", "skipped BIND", "ready", "ready"), recorder.seen);
    }

    @Test
    void aStatementIsTriedAgainUnseen() {
        expect(Kind.EXECUTE, Kind.SYNC);
        assertTrue(queue.endsWithFirst());
        expect(Kind.INJECTED_CLOSE, Kind.INJECTED_PARSE, Kind.INJECTED_BIND, Kind.EXECUTE, Kind.SYNC);
        assertFalse(queue.endsWithFirst());
        translator.unseen();
        replies("Z", "3", "1", "2", "C", "Z");
        assertEquals("CZ", seen());
        assertEquals(List.of("ready"), recorder.seen);
    }

    @Test
    void aSimpleQueryIsTriedAgainUnseen() {
        expect(Kind.QUERY);
        assertTrue(queue.endsWithFirst());
        expect(Kind.QUERY);
        translator.unseen();
        replies("Z", "T", "D", "C", "Z");
        assertEquals("TDCZ", seen());
    }

    @Test
    void anErrorWithoutSyncSkipsWhatIsSentLater() {
        expect(Kind.PARSE, Kind.BIND);
        replies("E");
        assertTrue(queue.skipping());
        expect(Kind.SYNC);
        assertFalse(queue.skipping());
    }

    @Test
    void anErrorOfASimpleQuerySkipsNothing() {
        expect(Kind.QUERY, Kind.QUERY);
        replies("E", "Z", "C", "Z");
        assertEquals("EZCZ", seen());
        assertEquals(List.of("failed QUERY", "ready", "ready"), recorder.seen);
    }

    @Test
    void settingsAreSwallowedUpToReadyForQuery() {
        expect(Kind.SETTINGS, Kind.QUERY);
        replies("C", "C", "Z", "C", "Z");
        assertEquals("CZ", seen());
    }

    @Test
    void copyInForgetsTheSyncThatTheServerIgnores() {
        expect(Kind.EXECUTE, Kind.SYNC);
        replies("G");
        expect(Kind.COPY_END, Kind.SYNC);
        replies("C", "Z");
        assertEquals("GCZ", seen());
        assertTrue(queue.isEmpty());
    }

    @Test
    void copyInWhoseDataHasEndedAlreadyKeepsItsSync() {
        expect(Kind.EXECUTE, Kind.COPY_END, Kind.SYNC);
        replies("G", "C", "Z");
        assertEquals("GCZ", seen());
        assertTrue(queue.isEmpty());
    }

    @Test
    void theQueueGrowsAndStaysInOrder() {
        for (int i = 0; i < 100; i++) {
            expect(Kind.PARSE, Kind.BIND);
            replies("1");
            expect(Kind.SYNC);
            replies("2");
            expect(Kind.QUERY, Kind.PARSE, Kind.BIND);
            replies("Z", "Z", "1", "2");
        }
        expect(Kind.SYNC);
        assertEquals(Kind.SYNC, queue.peek().kind());
    }

    private void expect(Kind... kinds) {
        for (Kind kind : kinds) {
            queue.add(queue.next(kind, null));
        }
        translator.emitSynthesised();
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
            translator.frame((byte) type.charAt(0), frame, 0, frame.readableBytes());
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

    private static final class Recorder implements ReplyListener {
        final List<String> seen = new ArrayList<>();

        @Override
        public void completed(Expected expected, boolean rolledBack) {}

        @Override
        public void described(Expected expected, byte type, ByteBuf in, int start, int length) {}

        @Override
        public void parsed(Expected expected) {}

        @Override
        public void closed(Expected expected) {}

        @Override
        public void failed(Expected expected) {
            seen.add("failed " + expected.kind());
        }

        @Override
        public void skipped(Expected expected) {
            seen.add("skipped " + expected.kind());
        }

        @Override
        public void ready(byte status) {
            seen.add("ready");
        }

        @Override
        public void settingsApplied() {}

        @Override
        public void aborted() {}

        @Override
        public void stillHolds(String reason) {
            seen.add("still holds " + reason);
        }

        @Override
        public void inquired(boolean success) {
            seen.add("inquired " + success);
        }

        @Override
        public void userCode(String reach) {}

        @Override
        public void copyIn() {}
    }
}
