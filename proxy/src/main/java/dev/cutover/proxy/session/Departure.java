// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.shared.ReadHold;

/**
 * The end of a session whose client sends nothing more, by Terminate or by the end of its stream. As on the server, what
 * the client has sent before is run first. A client that has closed only its own direction gets the answers.
 *
 * <pre>
 * (the stream ends) -> (what waits has been read) -> leaving -> (all is answered) -> the session closes
 * (Terminate) --------------------------------------->
 * </pre>
 */
final class Departure {
    private final SessionControl session;
    private final BackendLease borrowing;
    private final Conversation conversation;
    private final ReadHold flow;
    private boolean streamEnded;
    private boolean leaving;
    private boolean terminated;

    Departure(SessionControl session, BackendLease borrowing, Conversation conversation, ReadHold flow) {
        this.session = session;
        this.borrowing = borrowing;
        this.conversation = conversation;
        this.flow = flow;
    }

    /** Terminate has come. */
    void terminated() {
        terminated = true;
        leave();
    }

    /** The client will send nothing more; messages of it may still wait to be read. */
    void streamEnded() {
        streamEnded = true;
        check();
    }

    /** Something that a client waited for has happened. */
    void check() {
        if (!leaving && streamEnded && flow.drained()) {
            leave();
        } else if (leaving && answered()) {
            session.close();
        }
    }

    private void leave() {
        leaving = true;
        flow.hold(ReadHold.LEAVING);
        check();
    }

    /** Whether what the client has sent must be run though its connection is gone: the Terminate behind it has been read. */
    boolean outlivesConnection() {
        return terminated && !answered();
    }

    /** Whether every cycle that the client has completed is answered. One without its Sync is taken back by the end. */
    private boolean answered() {
        Running running = borrowing.running();
        return running == null
                || (conversation.cycle().atBoundary()
                        ? conversation.answered()
                                || conversation.takesCopyData()
                                || conversation.midMessage() && conversation.endsWithFirst()
                        : !conversation.earlierCycleOutstanding());
    }
}
