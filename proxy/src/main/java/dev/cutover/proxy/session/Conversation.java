package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.reply.Expected;
import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.reply.ReplyListener;
import dev.cutover.proxy.reply.ReplyQueue;
import dev.cutover.proxy.reply.ReplyTranslator;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a session and the backend that it has borrowed say to each other: the messages on their way to the backend, the
 * replies to them that are outstanding, and where in the protocol the two stand.
 *
 * <p>This is the only way to send to the backend. To send a message is to name the reply to it, in one call, so that the two cannot
 * get out of step. The calls that name none are for the few messages that have none.
 */
final class Conversation {
    private final ReplyQueue replies = new ReplyQueue();
    private final ReplyTranslator translator;

    /** The backend behind the gate; null while the session has borrowed none. */
    private @Nullable BackendConnection backend;

    /** Whether the last message that was sent ended a cycle, so that the next one may begin a transaction. */
    private boolean boundary = true;

    /** Whether the message that is at hand is the first one of its cycle. */
    private boolean firstOfCycle;

    /** An error was answered without a server. What comes before Sync is discarded, as the server would do it. */
    private boolean discarding;

    /** How many Syncs have been sent. */
    private long cycle;

    /** Whether the backend takes COPY data from the client. */
    private boolean copyIn;

    /** A long message is only partly on its way to the backend. */
    private boolean midMessage;

    /** A DEALLOCATE is outstanding, and what comes behind it waits. */
    private boolean deallocating;

    Conversation(Outbox client, ReplyListener listener) {
        this.translator = new ReplyTranslator(replies, client, listener);
    }

    /** The session has borrowed a backend. What is sent first is the proxy's own. */
    void begin(BackendConnection borrowed) {
        backend = borrowed;
    }

    /** The backend is prepared. The message that asked for it comes next: there is nothing to yield before it. */
    void prepared() {
        boundary = false;
        firstOfCycle = true;
    }

    /** The session leaves the backend: it has given it back, or rests on it, or has gone. */
    void end() {
        backend = null;
    }

    /** The backend is gone, with all that it has not answered. */
    void backendGone() {
        backend = null;
        replies.clear();
    }

    /** The expected reply to the next message; to be handed over with that message. */
    Expected reply(Kind kind, @Nullable Object subject) {
        return replies.next(kind, subject);
    }

    /** Sends a message as it stands in the buffer, or the beginning of one. */
    void forward(ByteBuf in, int start, int length, Expected reply) {
        outbox().forward(in, start, length);
        expect(reply);
    }

    /** Sends a message. @return where the caller writes it at once */
    ByteBuf message(Expected reply) {
        expect(reply);
        return outbox().appendable();
    }

    /** Sends a query of the proxy's own. */
    void query(String sql, Charset charset, Expected reply) {
        Messages.query(message(reply), sql, charset);
        borrowed().prepared().unnamed(null);
    }

    /** Passes on the rest of a message whose beginning has been sent, or a message that is not answered. */
    void forwardRest(ByteBuf in, int start, int length) {
        outbox().forward(in, start, length);
    }

    /** Asks the backend to send what it has answered so far. */
    void sendFlush() {
        Messages.bare(outbox().appendable(), FrontendMessage.FLUSH);
    }

    /** Takes a message that is not sent, since it is known what it would be answered. The answer comes in its turn. */
    void answer(Expected reply) {
        expect(reply);
        translator.emitSynthesised();
    }

    /** Passes on a Sync of the client, which ends its cycle. While it takes COPY data, the server ignores Sync. */
    void sync(ByteBuf in, int start, int length) {
        if (copyIn) {
            forwardRest(in, start, length);
        } else {
            forward(in, start, length, reply(Kind.SYNC, null));
            boundary = true;
            cycle++;
        }
    }

    /** Passes on the end of the client's COPY data. */
    void endCopy(ByteBuf in, int start, int length) {
        if (replies.isEmpty()) {
            forwardRest(in, start, length);
        } else {
            forward(in, start, length, reply(Kind.COPY_END, null));
            copyIn = false;
        }
    }

    private void expect(Expected reply) {
        replies.add(reply);
        if (reply.kind() == Kind.QUERY || reply.kind() == Kind.FUNCTION_CALL) {
            boundary = true;
        }
    }

    private BackendConnection borrowed() {
        return Objects.requireNonNull(backend, "the session has no backend");
    }

    private Outbox outbox() {
        return borrowed().outbox();
    }

    /** @return whether the backend takes more for now */
    boolean writable() {
        if (backend == null || backend.outbox().writable()) {
            return true;
        }
        backend.outbox().flush();
        return backend.outbox().writable();
    }

    void flush() {
        if (backend != null) {
            backend.outbox().flush();
        }
    }

    /** A reply has come. */
    void frame(byte type, ByteBuf in, int start, int length) {
        translator.frame(type, in, start, length);
    }

    /** The error that the first message was answered by is not the client's to see, nor the ReadyForQuery behind it. */
    void hideError() {
        translator.unseen();
    }

    /** The message whose reply comes next. */
    @Nullable Expected next() {
        return replies.peek();
    }

    /** Whether nothing is outstanding. */
    boolean answered() {
        return replies.isEmpty();
    }

    /** Whether the outcome of an earlier cycle is still unknown, so that it may yet undo what its messages said. */
    boolean earlierCycleOutstanding() {
        return replies.earlierCycleOutstanding();
    }

    /** How many of the client's Binds are neither answered nor discarded. */
    int outstandingBinds() {
        return replies.outstandingBinds();
    }

    /** Whether nothing was sent behind the first message but the Sync that ends its cycle, if it needs one. */
    boolean endsWithFirst() {
        return replies.endsWithFirst();
    }

    /** Whether the backend first brings itself to where the session left another one. */
    boolean preparing() {
        Expected next = replies.peek();
        return next != null && next.kind().replays();
    }

    /** A message of the client that asks for something is about to be sent. */
    void requestBegins() {
        firstOfCycle |= boundary;
        boundary = false;
    }

    /** The message has to wait after all. @param before whether it was at a boundary */
    void requestWaits(boolean before) {
        boundary = before;
    }

    /** A message of the client has been sent. */
    void requestSent() {
        firstOfCycle = false;
    }

    boolean atBoundary() {
        return boundary;
    }

    /** The cycle that is being sent has been answered without the server. */
    void cycleEnds() {
        boundary = true;
    }

    /** A number that grows with each Sync. */
    long cycle() {
        return cycle;
    }

    /**
     * Whether an error can be answered without the server: it has no transaction, and no message of the client's cycle has been sent. An
     * earlier one of the cycle could have begun a transaction that the server does not tell of before Sync.
     */
    boolean needsNoServer() {
        return firstOfCycle && replies.isEmpty() && borrowed().transactionStatus() == BackendMessage.IDLE;
    }

    /** An error was answered without a server: what comes before Sync is discarded. */
    void discardToSync() {
        discarding = true;
    }

    /** Sync has come, whether it goes to a server or not. */
    void syncCame() {
        discarding = false;
    }

    boolean discarding() {
        return discarding;
    }

    /** Whether what comes before the next Sync is discarded, by the server or in its place. */
    boolean skipping() {
        return discarding || replies.skipping();
    }

    boolean takesCopyData() {
        return copyIn;
    }

    void copyIn(boolean takesData) {
        copyIn = takesData;
    }

    boolean midMessage() {
        return midMessage;
    }

    /** A long message has begun, or has come to its end. @param more whether more of it goes to the backend */
    void midMessage(boolean more) {
        midMessage = more;
    }

    boolean deallocating() {
        return deallocating;
    }

    /** A DEALLOCATE is being sent: what comes behind it waits. */
    void deallocates() {
        deallocating = true;
    }

    /** Nothing that was outstanding takes a prepared statement away any more. */
    void deallocated() {
        deallocating = false;
    }
}
