// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.reply.SentText;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.BackendMessage;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A message within a cycle whose answer changes nothing in the session. */
abstract sealed class AwaitedPart extends Awaited {
    private AwaitedPart(ReplyScope scope, @Nullable Pool<?> pool) {
        super(scope, pool);
    }

    /** A Bind of the client. */
    static final class Bind extends AwaitedPart {
        private @Nullable Variant variant;

        Bind(ReplyScope scope, Pool<Bind> pool) {
            super(scope, pool);
        }

        Bind of(@Nullable Variant bound) {
            variant = bound;
            return this;
        }

        @Override
        @Nullable SentText sent() {
            return variant == null ? null : variant.sent();
        }

        @Override
        @Nullable Variant variant() {
            return variant;
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            scope.client().forward(in, start, length);
            return type == BackendMessage.BIND_COMPLETE;
        }

        @Override
        void clear() {
            super.clear();
            variant = null;
        }
    }

    /** A Bind of the proxy's. Its success is swallowed, its failure is not. */
    static final class InjectedBind extends AwaitedPart {
        private final @Nullable SentText sent;

        InjectedBind(ReplyScope scope, @Nullable SentText sent) {
            super(scope, null);
            this.sent = sent;
        }

        @Override
        @Nullable SentText sent() {
            return sent;
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            return type == BackendMessage.BIND_COMPLETE || super.onFrame(from, type, in, start, length);
        }
    }

    /** An Execute of the proxy's. Its success is swallowed, its failure is not. */
    static final class InjectedExecute extends AwaitedPart {
        InjectedExecute(ReplyScope scope) {
            super(scope, null);
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            return type == BackendMessage.COMMAND_COMPLETE || super.onFrame(from, type, in, start, length);
        }
    }

    /** A message about a portal that the backend does not have. It is not sent. */
    static final class OfShownPortal extends AwaitedPart {
        private final Consumer<ByteBuf> answer;

        OfShownPortal(ReplyScope scope, Consumer<ByteBuf> answer) {
            super(scope, null);
            this.answer = answer;
        }

        @Override
        boolean answersItself() {
            answer.accept(scope.client().appendable());
            return true;
        }
    }

    /** The end of the client's COPY data. It is not answered. */
    static final class CopyEnd extends AwaitedPart {
        CopyEnd(ReplyScope scope) {
            super(scope, null);
        }

        @Override
        boolean answersItself() {
            return true;
        }
    }
}
