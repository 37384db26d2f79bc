// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.reply.SentText;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** A message that makes a prepared statement, describes one, or takes one away. */
abstract sealed class AwaitedPrepared extends Awaited {
    private AwaitedPrepared(ReplyScope scope, @Nullable Pool<?> pool) {
        super(scope, pool);
    }

    /** One that is about a statement of the client as its backend has it, if that is known. */
    private abstract static sealed class OfVariant extends AwaitedPrepared {
        private @Nullable Variant variant;

        private OfVariant(ReplyScope scope, @Nullable Pool<?> pool) {
            super(scope, pool);
        }

        final void about(@Nullable Variant of) {
            variant = of;
        }

        @Override
        @Nullable SentText sent() {
            return variant == null ? null : variant.sent();
        }

        @Override
        final @Nullable Variant variant() {
            return variant;
        }

        /** ParseComplete has come. */
        final void parsed(Running from) {
            if (variant != null) {
                variant.statement().settled();
                if (variant.key() != null) {
                    from.backend().prepared().confirm(variant.key());
                }
            }
        }

        /** The backend does not have the statement after all. */
        final void forget(Running from) {
            if (variant != null) {
                from.backend().prepared().forget(variant.key());
            }
        }

        @Override
        void clear() {
            super.clear();
            variant = null;
        }
    }

    /** A Parse of the client. */
    static final class Parse extends OfVariant {
        Parse(ReplyScope scope, Pool<Parse> pool) {
            super(scope, pool);
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            scope.client().forward(in, start, length);
            if (type != BackendMessage.PARSE_COMPLETE) {
                return false;
            }
            parsed(from);
            return true;
        }

        @Override
        void failed(Running from) {
            Variant variant = variant();
            if (variant != null) {
                scope.statements().failed(variant.statement());
                forget(from);
            }
        }

        @Override
        void onSkipped(Running from) {
            Variant variant = variant();
            if (variant != null) {
                scope.statements().skipped(variant.statement());
                forget(from);
            }
        }
    }

    /** A Parse of the proxy's in front of a message of the client. Its success is swallowed, its failure is not. */
    static final class InjectedParse extends OfVariant {
        private @Nullable SentText repeated;

        InjectedParse(ReplyScope scope, Pool<InjectedParse> pool) {
            super(scope, pool);
        }

        /** It prepares a text that is not a statement of the session. */
        void repeats(@Nullable SentText text) {
            repeated = text;
        }

        @Override
        @Nullable SentText sent() {
            return repeated == null ? super.sent() : repeated;
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            if (type != BackendMessage.PARSE_COMPLETE) {
                return super.onFrame(from, type, in, start, length);
            }
            parsed(from);
            return true;
        }

        @Override
        void failed(Running from) {
            forget(from);
        }

        @Override
        void onSkipped(Running from) {
            forget(from);
        }

        @Override
        void clear() {
            super.clear();
            repeated = null;
        }
    }

    /** A Parse that is not sent, since the backend has the statement. */
    static final class KnownParse extends AwaitedPrepared {
        private @Nullable ClientStatement statement;

        KnownParse(ReplyScope scope, Pool<KnownParse> pool) {
            super(scope, pool);
        }

        void of(ClientStatement known) {
            statement = known;
        }

        @Override
        boolean answersItself() {
            Messages.bare(scope.client().appendable(), BackendMessage.PARSE_COMPLETE);
            return true;
        }

        @Override
        void onSkipped(Running from) {
            if (statement != null) {
                scope.statements().skipped(statement);
            }
        }

        @Override
        void clear() {
            super.clear();
            statement = null;
        }
    }

    /** A Describe of the client, of a statement or a portal. */
    static final class Describe extends OfVariant {
        Describe(ReplyScope scope, Pool<Describe> pool) {
            super(scope, pool);
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            SentText sent = sent();
            boolean rows = type == BackendMessage.ROW_DESCRIPTION;
            if (rows && sent != null && sent.countsRows()) {
                Messages.bare(scope.client().appendable(), BackendMessage.NO_DATA);
            } else {
                scope.client().forward(in, start, length);
            }
            if (!rows && type != BackendMessage.NO_DATA) {
                return false;
            }
            Variant variant = variant();
            if (variant != null) {
                scope.listener().described(from, variant, type, in, start, length);
            }
            return true;
        }
    }

    /** A Describe of the proxy's. Its success is swallowed, its failure is not. */
    static final class InjectedDescribe extends AwaitedPrepared {
        private final Variant variant;

        InjectedDescribe(ReplyScope scope, Variant variant) {
            super(scope, null);
            this.variant = variant;
        }

        @Override
        Variant variant() {
            return variant;
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            switch (type) {
                case BackendMessage.PARAMETER_DESCRIPTION:
                    return false;
                case BackendMessage.ROW_DESCRIPTION:
                case BackendMessage.NO_DATA:
                    scope.listener().toldShape(from, variant, type, in, start, length);
                    return true;
                default:
                    return super.onFrame(from, type, in, start, length);
            }
        }

        @Override
        void failed(Running from) {
            scope.listener().shapeNotTold();
        }

        @Override
        void onSkipped(Running from) {
            scope.listener().shapeNotTold();
        }
    }

    /** A Close of the client, of a portal, or of a statement that the backend has under the client's own name. */
    static final class Close extends AwaitedPrepared {
        private @Nullable String preparedInSql;

        Close(ReplyScope scope, Pool<Close> pool) {
            super(scope, pool);
        }

        /** @param name of the statement, if SQL's PREPARE has made it */
        void of(@Nullable String name) {
            preparedInSql = name;
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            scope.client().forward(in, start, length);
            if (type != BackendMessage.CLOSE_COMPLETE) {
                return false;
            }
            if (preparedInSql != null) {
                scope.sqlPrepared().deallocated(preparedInSql);
            }
            return true;
        }

        @Override
        void clear() {
            super.clear();
            preparedInSql = null;
        }
    }

    /** A Close that is not sent, since the statement is shared. */
    static final class VirtualClose extends AwaitedPrepared {
        private @Nullable ClientStatement statement;

        VirtualClose(ReplyScope scope, Pool<VirtualClose> pool) {
            super(scope, pool);
        }

        /** @param closed null if the client has closed what it does not have */
        void of(@Nullable ClientStatement closed) {
            statement = closed;
        }

        @Override
        boolean answersItself() {
            Messages.bare(scope.client().appendable(), BackendMessage.CLOSE_COMPLETE);
            return true;
        }

        @Override
        void onSkipped(Running from) {
            if (statement != null) {
                scope.statements().putBack(statement);
            }
        }

        @Override
        void clear() {
            super.clear();
            statement = null;
        }
    }

    /** A Close of the proxy's. Its success is swallowed, its failure is not. */
    static sealed class InjectedClose extends AwaitedPrepared {
        InjectedClose(ReplyScope scope) {
            super(scope, null);
        }

        @Override
        final boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            if (type != BackendMessage.CLOSE_COMPLETE) {
                return super.onFrame(from, type, in, start, length);
            }
            closed(from);
            return true;
        }

        void closed(Running from) {}
    }

    /** A Close of a statement to make room for another one. */
    static final class Evict extends InjectedClose {
        private final StatementKey key;

        Evict(ReplyScope scope, StatementKey key) {
            super(scope);
            this.key = key;
        }

        @Override
        void onSkipped(Running from) {
            from.backend().prepared().restore(key);
        }
    }

    /** A Close of a statement that is prepared again, under the same name. */
    static final class Supersede extends InjectedClose {
        private final Variant variant;

        Supersede(ReplyScope scope, Variant variant) {
            super(scope);
            this.variant = variant;
        }

        @Override
        Variant variant() {
            return variant;
        }

        @Override
        void closed(Running from) {
            if (variant.key() != null) {
                from.backend().prepared().closed(variant.key());
            }
        }
    }
}
