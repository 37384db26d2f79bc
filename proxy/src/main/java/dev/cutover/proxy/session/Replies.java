package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.AnalyzedText.Statement;
import dev.cutover.dualwrite.rewrite.StatementPlan;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.reply.Expected;
import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.reply.ReplyListener;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.PreparedStatement.Variant;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What comes back to a session from its backend, and what the session learns from it. */
final class Replies implements Borrowing.Owner, ReplyListener {
    private final SessionContext context;
    private final Session session;
    private final Conversation conversation;
    private final MarkingRetry retry;
    private final Handover handover;
    private final ErrorReplies errors;
    private final Completions completions;
    private final ResultShapes shapes;

    Replies(SessionContext context, Session session) {
        this.context = context;
        this.session = session;
        this.conversation = new Conversation(context.client, this);
        this.retry = new MarkingRetry(context, conversation);
        this.handover = new Handover(context, conversation);
        this.errors = new ErrorReplies(context, conversation, retry);
        this.completions = new Completions(context, handover);
        this.shapes = new ResultShapes(context, conversation);
    }

    /** Brings the backend to where the session expects it, in front of whatever the client sends. */
    @Override
    public void begin(BackendConnection backend, Route route) {
        conversation.begin(backend);
        handover.take(backend, route);
        conversation.prepared();
        session.handle().began();
        throttle();
    }

    Conversation conversation() {
        return conversation;
    }

    MarkingRetry retry() {
        return retry;
    }

    ResultShapes shapes() {
        return shapes;
    }

    @Override
    public void proceed() {
        session.release(Flow.TRANSACTION);
    }

    @Override
    public void refuse(ErrorFields error) {
        context.refusal = error;
        session.release(Flow.TRANSACTION);
    }

    /** Takes the transaction back, unasked. */
    void abort() {
        handover.query("ROLLBACK", Kind.ABORT);
        conversation.cycleEnds();
    }

    @Override
    public void aborted() {
        Running running = session.borrowing().running();
        if (running != null && running.backend().transactionStatus() == BackendMessage.IDLE) {
            context.transaction.failed();
            context.transaction.ready(true, true);
            context.portals.transactionEnded(conversation.outstandingBinds());
            releaseIfIdle();
            session.release(Flow.TRANSACTION);
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
            Notifications.forward(session.borrowing().backend(), context, in, start, length);
            return true;
        }
        if (type == BackendMessage.ERROR_RESPONSE
                && errors.takes(session.borrowing().running(), ErrorFields.decode(in, start, length))) {
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
            BackendConnection backend = session.borrowing().backend();
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
            session.release(Flow.BACKPRESSURE);
        }
    }

    @Override
    public void backendClosed() {
        session.borrowing().backendGone();
        session.handle().ended();
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
    public void completed(Expected expected, boolean rolledBack) {
        if (expected.subject() instanceof StatementPlan plan) {
            List<Statement> statements = plan.text().statements();
            if (expected.completed() < statements.size()) {
                completions.completed(session.borrowing().running(), statements.get(expected.completed()), rolledBack);
            }
        } else if (expected.subject() instanceof Deallocation deallocation) {
            completions.completed(session.borrowing().running(), deallocation.statement(), rolledBack);
            deallocated(expected);
        } else if (expected.subject() instanceof Sample sample) {
            sample.completed();
        }
    }

    @Override
    public void parsed(Expected expected) {
        Running running = session.borrowing().running();
        if (expected.subject() instanceof Variant variant) {
            variant.statement().settled();
            if (running != null && variant.key() != null) {
                running.backend().prepared().confirm(variant.key());
            }
        }
    }

    @Override
    public void described(Expected expected, byte type, ByteBuf in, int start, int length) {
        Running running = session.borrowing().running();
        if (running != null) {
            shapes.described(running, expected, type, in, start, length);
        }
        if (expected.kind() == Kind.INJECTED_DESCRIBE) {
            proceedLater();
        }
    }

    @Override
    public void closed(Expected expected) {
        Running running = session.borrowing().running();
        if (running != null && expected.subject() instanceof Variant variant && variant.key() != null) {
            running.backend().prepared().closed(variant.key());
        }
        if (expected.subject() instanceof String name) {
            context.sqlPrepared.deallocated(name);
        }
    }

    @Override
    public void failed(Expected expected) {
        Running running = session.borrowing().running();
        ErrorFields error = expected.error();
        if (expected.kind() == Kind.SETTINGS) {
            session.end((error == null ? ErrorFields.fatal("XX000", "settings were refused", "") : error).asFatal());
            return;
        }
        if (expected.kind() == Kind.REPLAY) {
            if (error != null && expected.subject() instanceof String name) {
                context.sqlPrepared.failed(name, error);
            }
            return;
        }
        conversation.copyIn(false);
        retry.failed();
        context.transaction.failed();
        deallocated(expected);
        boolean parse = expected.kind() == Kind.PARSE || expected.kind() == Kind.INJECTED_PARSE;
        if (parse && expected.subject() instanceof Variant variant) {
            if (expected.kind() == Kind.PARSE) {
                context.statements.failed(variant.statement());
            }
            forget(running, variant);
        }
        if (expected.kind() == Kind.INJECTED_DESCRIBE) {
            undescribed();
        }
    }

    @Override
    public void skipped(Expected expected) {
        Running running = session.borrowing().running();
        switch (expected.kind()) {
            case PARSE, INJECTED_PARSE -> {
                if (expected.subject() instanceof Variant variant) {
                    if (expected.kind() == Kind.PARSE) {
                        context.statements.skipped(variant.statement());
                    }
                    forget(running, variant);
                }
            }
            case INJECTED_DESCRIBE -> undescribed();
            case KNOWN_PARSE -> {
                if (expected.subject() instanceof PreparedStatement statement) {
                    context.statements.skipped(statement);
                }
            }
            case VIRTUAL_CLOSE -> {
                if (expected.subject() instanceof PreparedStatement statement) {
                    context.statements.putBack(statement);
                }
            }
            case INJECTED_CLOSE -> {
                if (expected.subject() instanceof StatementKey key && running != null) {
                    running.backend().prepared().restore(key);
                }
            }
            default -> deallocated(expected);
        }
    }

    private void deallocated(Expected expected) {
        if (expected.subject() instanceof Deallocation) {
            conversation.deallocated();
            proceedLater();
        }
    }

    private void undescribed() {
        shapes.unanswered();
        proceedLater();
    }

    /** Lets the client go on, once the reply that is at hand has been dealt with. */
    private void proceedLater() {
        context.channel.eventLoop().execute(() -> {
            if (session.borrowing().running() != null) {
                session.release(Flow.TRANSACTION);
            }
        });
    }

    private static void forget(@Nullable Running running, Variant variant) {
        if (running != null) {
            running.backend().prepared().forget(variant.key());
        }
    }

    @Override
    public void ready(byte status) {
        boolean nothingOutstanding = conversation.answered();
        boolean idle = status == BackendMessage.IDLE;
        conversation.copyIn(false);
        if (nothingOutstanding) {
            conversation.deallocated();
        }
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
            // Whoever was held between two cycles goes on, and asks at the gate again.
            session.release(Flow.TRANSACTION);
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
        Running running = session.borrowing().running();
        if (running == null
                || running.backend().transactionStatus() != BackendMessage.IDLE
                || !conversation.atBoundary()
                || !conversation.answered()
                || conversation.midMessage()) {
            return;
        }
        String question = context.pins.question(context.statements.holdUnread());
        if (question != null) {
            handover.query(question, Kind.INQUIRY);
            session.flush();
            return;
        }
        handover.leave(running.backend(), this);
        session.handle().ended();
        session.flush(); // the connection will not tell us any more when its read batch is complete
        conversation.end();
        session.borrowing().release(context.pins.pinned());
        session.release(Flow.BACKPRESSURE);
    }

    @Override
    public void settingsApplied() {
        Running running = session.borrowing().running();
        if (running != null && !conversation.preparing()) {
            handover.tellParameters(running.backend());
        }
        session.cancel().settingsApplied();
        lookForDeparture();
    }

    @Override
    public void stillHolds(String reason) {
        context.pins.holds(reason);
    }

    @Override
    public void inquired(boolean success) {
        context.pins.answered(success);
        releaseIfIdle();
        session.release(Flow.TRANSACTION);
    }

    @Override
    public void userCode(String reach) {
        Running running = session.borrowing().running();
        if (running != null) {
            running.backend().userCode().answered(reach);
        }
    }

    @Override
    public void copyIn() {
        conversation.copyIn(true);
        // A client that has left sends no data.
        session.release(0);
    }
}
