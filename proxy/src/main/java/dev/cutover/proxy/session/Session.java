// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ClientStage;
import dev.cutover.proxy.session.shared.ReadHold;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import org.jspecify.annotations.Nullable;

/** A client that is logged in: takes its messages, one after another, to a backend. */
public final class Session implements ClientStage, SessionControl {
    /** A text longer than this is passed on unread. */
    private static final int ANALYSED_LIMIT = 1024 * 1024;

    private static final int WHOLE_LIMIT = 64 * 1024;

    private final SessionContext context;
    private final ReadHold flow;
    private final Conversation conversation;
    private final BackendLease borrowing;
    private final SimpleQuery simple;
    private final ExtendedQuery extended;
    private final BackendSide backend;
    private final ShowAnswers shows;
    private final LongText longText;
    private final Timeouts timeouts;
    private final Departure departure;
    /** Why no backend could be had for the message that waits. */
    private @Nullable ErrorFields refusal;

    private boolean ended;

    public Session(SessionContext context, ReadHold flow, int stripe, CancelKeys.Key key) {
        this.context = context;
        this.flow = flow;
        this.backend = new BackendSide(context, this, stripe, key);
        this.conversation = backend.conversation();
        this.borrowing = backend.borrowing();
        this.shows = new ShowAnswers(context, conversation);
        ReadSampler samples = new ReadSampler(context);
        this.longText = new LongText(context.pins, context.transaction);
        this.simple = new SimpleQuery(context, conversation, samples, longText);
        this.extended = new ExtendedQuery(
                context,
                conversation,
                backend.retry(),
                backend.shapes(),
                samples,
                new ParseHandler(context, conversation, new InsertedMessages(context, conversation), longText));
        this.timeouts = new Timeouts(
                this, context.channel.eventLoop(), conversation, backend.cancel(), context.services.admission());
        this.departure = new Departure(this, borrowing, conversation, flow);
    }

    /** Begins; the session is seen from outside from now on. */
    public void begin() {
        backend.handle().register();
        if (context.routing.removed()) {
            // It was removed before it knew of this session.
            backend.handle().endIfLeftBehind();
        }
    }

    /** Whether no transaction runs or waits. */
    public boolean idle() {
        return borrowing.state() instanceof SessionState.Idle || borrowing.state() instanceof SessionState.Resting;
    }

    public BackendLease borrowing() {
        return borrowing;
    }

    @Override
    public int wholeLimit(byte type) {
        return type == FrontendMessage.QUERY || type == FrontendMessage.PARSE ? ANALYSED_LIMIT : WHOLE_LIMIT;
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        switch (type) {
            case FrontendMessage.BIND:
            case FrontendMessage.EXECUTE:
            case FrontendMessage.QUERY:
            case FrontendMessage.PARSE:
            case FrontendMessage.DESCRIBE:
            case FrontendMessage.CLOSE:
            case FrontendMessage.FUNCTION_CALL:
                return conversation.skipping() || request(type, in, start, length);
            case FrontendMessage.SYNC:
                sync(in, start, length);
                return true;
            default:
                rare(type, in, start, length);
                return true;
        }
    }

    private boolean request(byte type, ByteBuf in, int start, int length) {
        if (refusal == null && shows.answer(borrowing.running(), type, in, start, length)) {
            return true;
        }
        Running running = ready();
        if (running == null) {
            return refused(type);
        }
        boolean boundary = conversation.cycle().atBoundary();
        conversation.cycle().requestBegins();
        context.emptyBlock.messageCame();
        if (extended.mustWait(running, type, in, start, length)) {
            // BackendSide lets the client continue when the last outstanding reply has come.
            conversation.cycle().requestWaits(boundary);
            context.emptyBlock.messageWaits();
            flow.hold(ReadHold.TRANSACTION);
            return false;
        }
        switch (type) {
            case FrontendMessage.BIND -> extended.bind(running, in, start, length, length);
            case FrontendMessage.EXECUTE -> extended.execute(running, in, start, length);
            case FrontendMessage.QUERY -> {
                simple.query(running, in, start, length);
                // Without the server, a refusal has been all that the transaction was.
                backend.releaseIfIdle();
            }
            case FrontendMessage.PARSE -> extended.parse(running, in, start, length);
            case FrontendMessage.DESCRIBE -> extended.describe(running, in, start, length);
            case FrontendMessage.CLOSE -> extended.close(in, start, length);
            default -> simple.functionCall(in, start, length);
        }
        afterSending();
        return true;
    }

    /** Answers a message for which no backend could be had. @return false if it only has to wait */
    private boolean refused(byte type) {
        ErrorFields error = refusal;
        if (error == null) {
            return false;
        }
        refusal = null;
        error.writeTo(context.client.appendable());
        if (type == FrontendMessage.QUERY || type == FrontendMessage.FUNCTION_CALL) {
            readyWithoutBackend();
        } else {
            conversation.discardToSync();
        }
        return true;
    }

    private void readyWithoutBackend() {
        Messages.readyForQuery(
                context.client.appendable(),
                context.transaction.aborted().untold() ? BackendMessage.FAILED : BackendMessage.IDLE);
    }

    /** The state in which the next message can go to a backend; null if the client must be held. */
    private @Nullable Running ready() {
        Running running = borrowing.running();
        if (running == null) {
            if (refusal == null && !borrowing.acquire()) {
                flow.hold(ReadHold.TRANSACTION);
            }
            return backend.prepared();
        }
        if (backend.mustYield(running)) {
            // BackendSide lets the client continue when the last outstanding reply has come.
            flow.hold(ReadHold.TRANSACTION);
            return null;
        }
        return running;
    }

    private void afterSending() {
        conversation.cycle().requestSent();
        timeouts.sent();
        if (!conversation.writable()) {
            flow.hold(ReadHold.BACKPRESSURE);
        }
    }

    private void sync(ByteBuf in, int start, int length) {
        conversation.syncCame();
        if (borrowing.running() == null) {
            shows.synced();
            readyWithoutBackend();
        } else if (conversation.cycleAnswered()) {
            conversation.answerCycle();
        } else {
            conversation.sync(in, start, length);
        }
    }

    private void rare(byte type, ByteBuf in, int start, int length) {
        switch (type) {
            case FrontendMessage.TERMINATE:
                departure.terminated();
                break;
            case FrontendMessage.COPY_DONE:
            case FrontendMessage.COPY_FAIL:
                if (borrowing.running() != null) {
                    conversation.endCopy(in, start, length);
                    afterSending();
                }
                break;
            case FrontendMessage.FLUSH:
                if (!conversation.cycleAnswered()) {
                    forward(in, start, length);
                }
                break;
            default:
                // CopyData, and what later versions of the protocol may bring. Outside of a transaction the
                // server would ignore the first.
                forward(in, start, length);
                break;
        }
    }

    private void forward(ByteBuf in, int start, int length) {
        if (borrowing.running() != null) {
            conversation.forwardRest(in, start, length);
            afterSending();
        }
    }

    @Override
    public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
        boolean request = type == FrontendMessage.BIND
                || type == FrontendMessage.QUERY
                || type == FrontendMessage.PARSE
                || type == FrontendMessage.FUNCTION_CALL;
        if (!request) {
            if (type == FrontendMessage.SYNC
                    || type == FrontendMessage.EXECUTE
                    || type == FrontendMessage.DESCRIBE
                    || type == FrontendMessage.CLOSE) {
                throw ProtocolViolation.INVALID_LENGTH;
            }
            conversation.midMessage(borrowing.running() != null && available < frameLength);
            forward(in, start, available);
            return true;
        }
        if (conversation.skipping()) {
            conversation.midMessage(false);
            return true;
        }
        Running running = ready();
        if (running == null) {
            conversation.midMessage(false);
            return refused(type);
        }
        if (extended.mustWait(running, type, in, start, available)) {
            flow.hold(ReadHold.TRANSACTION);
            return false;
        }
        conversation.cycle().requestBegins();
        context.emptyBlock.messageCame();
        conversation.midMessage(available < frameLength);
        switch (type) {
            case FrontendMessage.BIND -> {
                if (!extended.bind(running, in, start, available, frameLength)) {
                    conversation.midMessage(false);
                }
            }
            case FrontendMessage.QUERY -> simple.longQuery(running, in, start, available);
            case FrontendMessage.PARSE -> extended.opaqueParse(running, in, start, available);
            default -> simple.functionCall(in, start, available);
        }
        afterSending();
        return true;
    }

    @Override
    public void chunk(ByteBuf in, int start, int length, boolean last) {
        if (conversation.midMessage()) {
            longText.chunk(in, start, length, last);
            forward(in, start, length);
            if (last) {
                conversation.midMessage(false);
                backend.releaseIfIdle();
            }
        }
    }

    @Override
    public void readComplete() {
        release(0);
    }

    @Override
    public void writabilityChanged(boolean writable) {
        BackendConnection held = borrowing.backend();
        if (held != null) {
            held.reading(writable);
        }
    }

    /** A cancel request of the client has come. */
    public void cancel() {
        backend.cancel().request();
    }

    @Override
    public void answered(boolean idle) {
        timeouts.answered(idle);
    }

    @Override
    public void refuse(ErrorFields error) {
        context.routing.failed();
        refusal = error;
        release(ReadHold.TRANSACTION);
    }

    /** An operator cancels the transaction, whether a query of it runs or not. */
    @Override
    public void cancelTransaction() {
        Running running = borrowing.running();
        if (running != null && !conversation.answered()) {
            backend.cancel().request(QueryCancel.byOperator(running));
        } else if (running != null && !conversation.discarding()) {
            // A client that has asked nothing cannot be told now. Its next statement finds the transaction aborted.
            timeouts.none();
            flow.hold(ReadHold.TRANSACTION);
            context.transaction.aborted().because(QueryCancel.byOperator(running));
            backend.abort();
            flush();
        }
    }

    @Override
    public void release(int reason) {
        flow.release(reason);
        flush();
        departure.check();
    }

    @Override
    public void flush() {
        conversation.flush();
        context.client.flush();
    }

    @Override
    public void end(ErrorFields error) {
        if (!ended) {
            error.writeTo(context.client.appendable());
            close();
        }
    }

    @Override
    public void close() {
        if (!ended) {
            ended = true;
            context.client.flush();
            context.channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            flow.hold(ReadHold.TRANSACTION);
            leaveBackend();
            if (!context.channel.isActive()) {
                gone();
            }
        }
    }

    private void leaveBackend() {
        conversation.end();
        borrowing.clientGone();
    }

    @Override
    public boolean streamEnded() {
        departure.streamEnded();
        return true;
    }

    @Override
    public void closed() {
        try {
            context.client.discard();
        } finally {
            if (ended || !departure.outlivesConnection()) {
                gone();
            } else {
                writabilityChanged(true);
            }
        }
    }

    private void gone() {
        ended = true;
        try {
            leaveBackend();
        } finally {
            // Whatever has failed, nobody may wait for this session.
            backend.handle().unregister();
            timeouts.none();
        }
    }
}
