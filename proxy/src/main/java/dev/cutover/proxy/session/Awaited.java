// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.reply.SentText;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One message that was sent to a backend and is not answered yet. It knows what it sent, and what each reply to it means: for
 * the client, for the session, and for what the backend has prepared.
 *
 * <pre>
 * (taken from the pool) -> sent -> its turn -> answered, failed -> (back to the pool)
 *                            +--> skipped, after an earlier one has failed
 * </pre>
 *
 * Its turn comes when everything before it is answered: from then on all replies are to it. Instances are pooled: none may be
 * kept beyond its answer.
 */
abstract sealed class Awaited permits AwaitedCycle, AwaitedPart, AwaitedPrepared, AwaitedQuery, AwaitedStatement {
    final ReplyScope scope;
    private final @Nullable Pool<?> pool;
    /** The next one in the pool, while it is there. */
    private @Nullable Awaited nextFree;

    private @Nullable ErrorFields substitute;
    private boolean hidden;

    /** @param pool where it goes when it is answered; null if it is made for one message */
    Awaited(ReplyScope scope, @Nullable Pool<?> pool) {
        this.scope = scope;
        this.pool = pool;
    }

    /** Whether it is answered by ReadyForQuery, and an error of it does not skip what follows. */
    boolean endsCycle() {
        return false;
    }

    /** Whether it is answered by the ReadyForQuery that ends a cycle of the client. */
    boolean endsClientsCycle() {
        return endsCycle();
    }

    /** The text that it carries in place of the client's own; null if it carries the client's, or no text. */
    @Nullable SentText sent() {
        return null;
    }

    /** The prepared statement that it is about; null if it is about none. */
    @Nullable Variant variant() {
        return null;
    }

    /**
     * A message that is not sent to the server is answered by the proxy when its turn comes.
     *
     * @return whether it was such a message
     */
    boolean answersItself() {
        return false;
    }

    /**
     * A reply has come: neither ErrorResponse nor ReadyForQuery.
     *
     * @return whether it is the last one to the message
     */
    boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
        scope.client().forward(in, start, length);
        return false;
    }

    /** ReadyForQuery has come for it, and has been passed on. It is in the queue no more. */
    void onReady(byte status) {
        scope.listener().ready(status);
    }

    /** ErrorResponse has come for it. Answers the client. */
    void onError(Running from, ErrorFields error, ByteBuf in, int start, int length) {
        ErrorFields instead = substitute;
        if (instead == null) {
            instead = inClientsText(error);
        }
        if (instead == null) {
            scope.client().forward(in, start, length);
        } else {
            instead.writeTo(scope.client().appendable());
        }
        scope.listener().failed();
        failed(from);
    }

    /** The error as one about the client's text; null if that is what was sent. */
    @Nullable ErrorFields inClientsText(ErrorFields error) {
        SentText sent = sent();
        return sent == null ? null : sent.shifted(error);
    }

    /** The client has been told that it failed. */
    void failed(Running from) {}

    /** The server has not run it: an earlier one failed, and the server skips to Sync. */
    void onSkipped(Running from) {}

    /** The error that the client gets in place of the server's; null if it gets the server's. */
    final @Nullable ErrorFields substitute() {
        return substitute;
    }

    /** The client gets this error in place of the server's. */
    final Awaited substitute(ErrorFields error) {
        substitute = error;
        return this;
    }

    /** The client is not to see that it was answered. */
    final void hide() {
        hidden = true;
    }

    final boolean hidden() {
        return hidden;
    }

    /** Forgets its message. */
    void clear() {
        substitute = null;
        hidden = false;
    }

    /** Goes back to its pool. */
    final void recycle() {
        if (pool != null) {
            pool.giveBack(this);
        }
    }

    /** Messages of one type that are answered, to be used for the next ones: so replies cost no allocation. */
    static final class Pool<T extends Awaited> {
        /** A client that has had more in flight once need not keep them all. */
        private static final int MOST = 256;

        private final Function<Pool<T>, T> make;
        private @Nullable Awaited free;
        private int size;

        Pool(Function<Pool<T>, T> make) {
            this.make = make;
        }

        @SuppressWarnings("unchecked") // only those that it has made come back to a pool
        T take() {
            Awaited first = free;
            if (first == null) {
                return make.apply(this);
            }
            free = first.nextFree;
            first.nextFree = null;
            size--;
            return (T) first;
        }

        void giveBack(Awaited answered) {
            answered.clear();
            if (size < MOST) {
                answered.nextFree = free;
                free = answered;
                size++;
            }
        }
    }
}
