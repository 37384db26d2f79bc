// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
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
    private final Cycle cycle = new Cycle();
    private final Outbox client;
    private final ReplyListener listener;
    private final AwaitedPools awaited;

    /** Where the session has borrowed its backend; null while it has none. */
    private @Nullable Running running;

    /** An error was answered without a server. What comes before Sync is discarded, as the server would do it. */
    private boolean discarding;

    /** Whether the backend takes COPY data from the client. */
    private boolean copyIn;

    /** A long message is only partly on its way to the backend. */
    private boolean midMessage;

    /** A DEALLOCATE is outstanding, and what comes behind it waits. */
    private boolean deallocating;

    /** Why the proxy has asked the server to cancel what runs: it takes the place of the server's own error. */
    private @Nullable ErrorFields cancelReason;

    Conversation(ReplyScope scope) {
        this.client = scope.client();
        this.listener = scope.listener();
        this.awaited = new AwaitedPools(scope);
    }

    /** Whether this is the backend that the session talks to: it may not have been prepared yet. */
    boolean isWith(Running borrowed) {
        return running == borrowed;
    }

    /** What to expect for a message that is to be sent. */
    AwaitedPools awaited() {
        return awaited;
    }

    /** The session has borrowed a backend. What is sent first is the proxy's own. */
    void begin(Running borrowed) {
        running = borrowed;
    }

    /** The session leaves the backend: it has given it back, or rests on it, or has gone. */
    void end() {
        running = null;
    }

    /** The backend is gone, with all that it has not answered. */
    void backendGone() {
        running = null;
        replies.clear();
    }

    /** Sends a message as it stands in the buffer, or the beginning of one. */
    void forward(ByteBuf in, int start, int length, Awaited sent) {
        outbox().forward(in, start, length);
        expect(sent);
    }

    /** Sends a message. @return where the caller writes it at once */
    ByteBuf message(Awaited sent) {
        expect(sent);
        return outbox().appendable();
    }

    /** Sends a query of the proxy's own. */
    void query(String sql, Charset charset, Awaited sent) {
        Messages.query(message(sent), sql, charset);
        backend().prepared().unnamed(null);
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
    void answer(Awaited unsent) {
        expect(unsent);
        answerUnsent();
    }

    /** Passes on a Sync of the client, which ends its cycle. While it takes COPY data, the server ignores Sync. */
    void sync(ByteBuf in, int start, int length) {
        if (copyIn) {
            forwardRest(in, start, length);
        } else {
            forward(in, start, length, awaited.sync());
            cycle.synced();
        }
    }

    /** Whether nothing is outstanding, and nothing of the cycle that the client is sending has been sent. */
    boolean cycleNotSent() {
        return replies.isEmpty() && !copyIn && (cycle.atBoundary() || cycle.atFirst());
    }

    /** Whether the client is sending a cycle, and all of it so far has been answered without the server. */
    boolean cycleAnswered() {
        return running != null && !cycle.atBoundary() && cycleNotSent();
    }

    /** Ends a cycle of which nothing has been sent: the backend stands where it stood before. */
    void answerCycle() {
        byte status = backend().transactionStatus();
        Messages.readyForQuery(client.appendable(), status);
        cycle.synced();
        listener.ready(status);
    }

    /** Passes on the end of the client's COPY data. */
    void endCopy(ByteBuf in, int start, int length) {
        if (replies.isEmpty()) {
            forwardRest(in, start, length);
        } else {
            forward(in, start, length, awaited.copyEnd());
            copyIn = false;
        }
    }

    private void expect(Awaited sent) {
        replies.add(sent);
        if (sent instanceof AwaitedStatement.Query || sent instanceof AwaitedCycle.FunctionCall) {
            cycle.ends();
        }
    }

    private BackendConnection backend() {
        return Objects.requireNonNull(running, "the session has no backend").backend();
    }

    private Outbox outbox() {
        return backend().outbox();
    }

    /** Whether the backend takes more. What it has not been sent yet is sent before it is asked. */
    boolean writable() {
        if (running == null || outbox().writable()) {
            return true;
        }
        outbox().flush();
        return outbox().writable();
    }

    void flush() {
        if (running != null) {
            outbox().flush();
        }
    }

    /** A reply has come. */
    void frame(byte type, ByteBuf in, int start, int length) {
        Awaited next = replies.peek();
        Running from = running;
        if (next == null || from == null) {
            unasked(type, in, start, length);
        } else if (type == BackendMessage.READY_FOR_QUERY) {
            ready(next, in, start, length);
        } else if (type == BackendMessage.ERROR_RESPONSE) {
            error(next, from, in, start, length);
        } else if (next.onFrame(from, type, in, start, length)) {
            replies.remove().recycle();
            answerUnsent();
        } else if (!(next instanceof AwaitedQuery)
                && (type == BackendMessage.COPY_IN_RESPONSE || type == BackendMessage.COPY_BOTH_RESPONSE)) {
            copyBegins();
        }
    }

    private void unasked(byte type, ByteBuf in, int start, int length) {
        client.forward(in, start, length);
        if (type == BackendMessage.READY_FOR_QUERY) {
            replies.synced();
            listener.ready(in.getByte(start + FrameReader.HEADER_LENGTH));
        }
    }

    private void ready(Awaited next, ByteBuf in, int start, int length) {
        boolean own = next instanceof AwaitedQuery;
        boolean hidden = next.hidden();
        if (!own && !hidden) {
            client.forward(in, start, length);
        }
        replies.remove();
        answerUnsent();
        if (!own && !hidden) {
            copyIn = false;
            if (replies.isEmpty()) {
                deallocating = false;
                cancelReason = null;
            }
        }
        if (!hidden) {
            next.onReady(in.getByte(start + FrameReader.HEADER_LENGTH));
        }
        next.recycle();
    }

    private void error(Awaited next, Running from, ByteBuf in, int start, int length) {
        if (!(next instanceof AwaitedQuery)) {
            copyIn = false;
        }
        next.onError(from, ErrorFields.decode(in, start, length), in, start, length);
        if (replies.syncsDropped()) {
            listener.outOfStep();
        }
        if (!next.endsCycle() && replies.peek() == next) {
            replies.remove().recycle();
            replies.skipToSync(from);
        }
    }

    private void copyBegins() {
        if (!replies.dropSyncsBeforeCopyEnd()) {
            copyIn = true;
            listener.copyIn();
        }
    }

    /** Answers what was not sent and whose turn has come. */
    private void answerUnsent() {
        Awaited next;
        while ((next = replies.peek()) != null && next.answersItself()) {
            replies.remove().recycle();
        }
    }

    /** The error that the first message was answered by is not the client's to see, nor the ReadyForQuery behind it. */
    void hideError() {
        Awaited failed = replies.peek();
        if (failed != null && !failed.endsCycle()) {
            replies.remove().recycle();
            failed = replies.peek();
        }
        if (failed != null) {
            failed.hide();
        }
    }

    /** The message whose reply comes next. */
    @Nullable Awaited next() {
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
        return replies.peek() instanceof AwaitedQuery next && next.prepares();
    }

    /** The cycle that the client is sending. */
    Cycle cycle() {
        return cycle;
    }

    /**
     * Whether an error can be answered without the server: it has no transaction, and no message of the client's cycle has been sent. An
     * earlier one of the cycle could have begun a transaction that the server does not tell of before Sync.
     */
    boolean needsNoServer() {
        return cycle.atFirst() && replies.isEmpty() && backend().transactionStatus() == BackendMessage.IDLE;
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

    /** The server is asked to cancel what runs, for this reason. */
    void cancels(ErrorFields reason) {
        cancelReason = reason;
    }

    /** Why the server was asked for what it answers by this error; null if it was not. Tells it once. */
    @Nullable ErrorFields takeCancelReason(ErrorFields error) {
        ErrorFields reason = cancelReason;
        if (reason == null || !error.sqlState().equals(reason.sqlState())) {
            return null;
        }
        cancelReason = null;
        return reason;
    }
}
