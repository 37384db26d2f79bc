// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ReadHold;
import dev.cutover.proxy.session.state.Pins;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The side of a session that faces its backend: borrows one, prepares it, follows what the replies change, and gives it back
 * when its transaction is over.
 */
final class BackendSide implements BackendLease.Owner, ReplyListener {
    private final SessionContext context;
    private final SessionControl session;
    /** The process id that BackendKeyData gave to the client. */
    private final int toldProcessId;

    private final Conversation conversation;
    private final BackendLease borrowing;
    private final SessionHandle handle;
    private final QueryCancel cancel;
    private final MarkingRetry retry;
    private final BackendPreparer handover;
    private final ErrorReplies errors;
    private final StatementEffects completions;
    private final ResultShapes shapes;

    BackendSide(SessionContext context, SessionControl session, int stripe, CancelKeys.Key key) {
        this.context = context;
        this.session = session;
        this.toldProcessId = key.processId();
        this.conversation = new Conversation(
                new ReplyScope(context.client, context.statements, context.sqlPrepared, context.pins, this));
        this.borrowing = new BackendLease(
                this,
                context.routing,
                context.user,
                context.services.pools().on(context.channel.eventLoop()),
                context.channel.eventLoop(),
                stripe,
                context.services.meters());
        this.handle = new SessionHandle(context, conversation, borrowing, key, session::cancelTransaction);
        this.cancel = new QueryCancel(conversation, borrowing, session::refuse);
        this.retry = new MarkingRetry(context, conversation);
        this.handover = new BackendPreparer(context, conversation);
        this.errors = new ErrorReplies(context, conversation, retry);
        this.completions = new StatementEffects(context, handover);
        this.shapes = new ResultShapes(context, conversation);
    }

    Conversation conversation() {
        return conversation;
    }

    BackendLease borrowing() {
        return borrowing;
    }

    SessionHandle handle() {
        return handle;
    }

    QueryCancel cancel() {
        return cancel;
    }

    MarkingRetry retry() {
        return retry;
    }

    ResultShapes shapes() {
        return shapes;
    }

    /**
     * The backend, brought to where the session expects it, in front of whatever the client sends.
     *
     * @return null if the session has borrowed none
     */
    @Nullable Running prepared() {
        Running running = borrowing.running();
        if (running != null && !conversation.isWith(running)) {
            conversation.begin(running);
            handover.take(running.backend(), running.route());
            conversation.cycle().begins();
            handle.began();
            throttle();
        }
        return running;
    }

    /** Whether the next message can begin a transaction only when what is outstanding has been answered. */
    boolean mustYield(Running running) {
        // A transaction that would begin now could not be told from the one before, which a flip may wait for.
        return conversation.cycle().atBoundary()
                && !conversation.answered()
                && (borrowing.mustYield(running) || context.transaction.searchPathChanges());
    }

    @Override
    public void proceed() {
        prepared();
        session.release(ReadHold.TRANSACTION);
    }

    @Override
    public void refuse(ErrorFields error) {
        session.refuse(error);
    }

    /** Takes the transaction back, unasked. */
    void abort() {
        handover.query("ROLLBACK", conversation.awaited().abort());
        conversation.cycle().ends();
    }

    @Override
    public void aborted() {
        Running running = borrowing.running();
        if (running != null && running.backend().transactionStatus() == BackendMessage.IDLE) {
            context.transaction.failed();
            context.transaction.ready(true, true);
            context.portals.transactionEnded(conversation.outstandingBinds());
            releaseIfIdle();
            session.release(ReadHold.TRANSACTION);
        }
        lookForDeparture();
    }

    @Override
    public void end(ErrorFields error) {
        session.end(error);
    }

    @Override
    public Pins pins() {
        return context.pins;
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        if (type == BackendMessage.PARAMETER_STATUS) {
            settingsApplied();
            return true;
        }
        if (type == BackendMessage.NOTIFICATION_RESPONSE) {
            Notifications.forward(borrowing.backend(), context.client, toldProcessId, in, start, length);
            return true;
        }
        if (type == BackendMessage.ERROR_RESPONSE
                && errors.takes(borrowing.running(), ErrorFields.decode(in, start, length))) {
            conversation.hideError();
            return true;
        }
        conversation.frame(type, in, start, length);
        throttle();
        return true;
    }

    @Override
    public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
        context.client.forward(in, start, available);
        throttle();
        return true;
    }

    @Override
    public void chunk(ByteBuf in, int start, int length, boolean last) {
        context.client.forward(in, start, length);
        throttle();
    }

    private void throttle() {
        if (!context.client.writable()) {
            BackendConnection backend = borrowing.backend();
            if (backend != null) {
                backend.reading(false);
            }
        }
    }

    @Override
    public void backendReadComplete() {
        session.flush();
        throttle();
    }

    @Override
    public void backendWritabilityChanged(boolean writable) {
        if (writable) {
            session.release(ReadHold.BACKPRESSURE);
        }
    }

    @Override
    public void backendClosed() {
        borrowing.backendGone();
        handle.ended();
        conversation.backendGone();
        if (errors.fatalSeen()) {
            session.close();
        } else {
            session.end(ErrorFields.fatal(
                            "57P01",
                            "terminating connection because the connection to the server was lost",
                            "Reconnect. Whether a transaction that was being committed took effect must be looked up.")
                    .with(ErrorFields.DETAIL, "The server closed the proxy's connection without an error message."));
        }
    }

    @Override
    public void completed(Running from, Statement statement, boolean rolledBack) {
        completions.completed(from, statement, rolledBack);
    }

    @Override
    public void described(Running from, Variant variant, byte type, ByteBuf in, int start, int length) {
        shapes.described(from, variant, type, in, start, length);
    }

    @Override
    public void toldShape(Running from, Variant variant, byte type, ByteBuf in, int start, int length) {
        shapes.answered(from, variant, type, in, start, length);
        proceedLater();
    }

    @Override
    public void shapeNotTold() {
        shapes.unanswered();
        proceedLater();
    }

    @Override
    public void failed() {
        retry.failed();
        context.transaction.failed();
        context.routing.failed();
    }

    @Override
    public void deallocated() {
        conversation.deallocated();
        proceedLater();
    }

    @Override
    public void settingsRefused(ErrorFields error) {
        session.end(error.asFatal());
    }

    /** Lets the client continue, once the reply that is at hand has been dealt with. */
    private void proceedLater() {
        context.channel.eventLoop().execute(() -> {
            if (borrowing.running() != null) {
                session.release(ReadHold.TRANSACTION);
            }
        });
    }

    @Override
    public void ready(byte status) {
        boolean nothingOutstanding = conversation.answered();
        boolean idle = status == BackendMessage.IDLE;
        context.statements.ready(nothingOutstanding);
        if (context.transaction.schemaChanges()) {
            context.routing.schemaChanged();
        }
        retry.ready();
        context.transaction.ready(idle, nothingOutstanding);
        if (idle) {
            context.portals.transactionEnded(conversation.outstandingBinds());
        }
        session.answered(idle);
        if (!conversation.earlierCycleOutstanding()) {
            releaseIfIdle();
            // A client that was held between two cycles continues, and asks at the gate again.
            session.release(ReadHold.TRANSACTION);
        }
        lookForDeparture();
    }

    /** A client that has left within a long message does not send the rest. */
    private void lookForDeparture() {
        if (conversation.midMessage()) {
            session.release(0);
        }
    }

    /** Gives the backend back if its transaction is over and nothing of the client is on its way to it. */
    void releaseIfIdle() {
        Running running = borrowing.running();
        if (running == null
                || running.backend().transactionStatus() != BackendMessage.IDLE
                || !conversation.cycle().atBoundary()
                || !conversation.answered()
                || conversation.midMessage()) {
            return;
        }
        String question = context.pins.question(context.statements.holdUnread());
        if (question != null) {
            handover.query(question, conversation.awaited().inquiry());
            session.flush();
            return;
        }
        handover.leave(running.backend(), this);
        handle.ended();
        session.flush(); // the connection will not tell us any more when its read batch is complete
        conversation.end();
        borrowing.release(context.pins.pinned());
        session.release(ReadHold.BACKPRESSURE);
    }

    @Override
    public void settingsApplied() {
        Running running = borrowing.running();
        if (running != null && !conversation.preparing()) {
            handover.tellParameters(running.backend());
        }
        cancel.settingsApplied();
        lookForDeparture();
    }

    @Override
    public void inquired(boolean success) {
        context.pins.answered(success);
        releaseIfIdle();
        session.release(ReadHold.TRANSACTION);
    }

    @Override
    public void outOfStep() {
        BackendConnection backend = borrowing.backend();
        if (backend != null) {
            // Nobody else may get it: a ReadyForQuery may still be on its way.
            backend.outOfStep();
        }
    }

    @Override
    public void copyIn() {
        // A client that has left sends no data.
        session.release(0);
    }
}
