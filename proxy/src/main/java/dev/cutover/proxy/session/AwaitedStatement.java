// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.reply.CommandTag;
import dev.cutover.proxy.reply.EditedText;
import dev.cutover.proxy.reply.SentText;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message that runs statements of the client. Each that succeeds is answered by CommandComplete. */
abstract sealed class AwaitedStatement extends Awaited {
    private @Nullable SentText sent;
    /** The statements whose effects are followed; null if they have none. */
    private @Nullable StatementPlan followed;

    private @Nullable SampledExecution sample;
    /** How many of the statements have succeeded. */
    private int completed;
    /** The number in the row that counts. */
    private long rows;

    private AwaitedStatement(ReplyScope scope, @Nullable Pool<?> pool) {
        super(scope, pool);
    }

    /** The effects of these statements are followed. */
    final void follow(@Nullable StatementPlan plan) {
        followed = plan;
    }

    /** It is a read of this sample. */
    final void sample(@Nullable SampledExecution read) {
        sample = read;
    }

    /** It carries this text in place of the client's own. */
    final void send(@Nullable SentText text) {
        sent = text;
    }

    /** Does in the session what another one was to do, which has failed and is sent again. */
    final void inPlaceOf(AwaitedStatement failed) {
        followed = failed.followed;
        sample = failed.sample;
    }

    @Override
    final @Nullable SentText sent() {
        return sent;
    }

    final boolean countsRows() {
        return sent != null && sent.countsRows();
    }

    @Override
    boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
        if (type == BackendMessage.DATA_ROW) {
            if (countsRows()) {
                rows = SentText.countIn(in, start);
            } else {
                scope.client().forward(in, start, length);
            }
            return false;
        }
        return super.onFrame(from, type, in, start, length);
    }

    /** Answers CommandComplete to the client. @param tag the one to answer by; null for the server's */
    final void complete(Running from, @Nullable String tag, ByteBuf in, int start, int length) {
        if (tag != null) {
            Messages.commandComplete(scope.client().appendable(), tag);
        } else if (sent != null) {
            sent.complete(scope.client(), in, start, length, rows);
        } else {
            scope.client().forward(in, start, length);
        }
        if (followed != null) {
            List<Statement> statements = followed.text().statements();
            if (completed < statements.size()) {
                boolean rolledBack = CommandTag.isRollback(in, start + FrameReader.HEADER_LENGTH, start + length);
                scope.listener().completed(from, statements.get(completed), rolledBack);
            }
        } else if (sample != null) {
            sample.completed();
        }
        completed++;
    }

    @Override
    void clear() {
        super.clear();
        sent = null;
        followed = null;
        sample = null;
        completed = 0;
        rows = 0;
    }

    /** A simple Query of the client. */
    static final class Query extends AwaitedStatement {
        private @Nullable EditedText edited;
        /** How many CommandComplete have come; those of added statements included. */
        private int answered;

        Query(ReplyScope scope, Pool<Query> pool) {
            super(scope, pool);
        }

        @Override
        boolean endsCycle() {
            return true;
        }

        /** It carries the client's text with other statements in it. */
        void edit(@Nullable EditedText text) {
            edited = text;
        }

        @Override
        boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            if (type == BackendMessage.COMMAND_COMPLETE) {
                String tag = edited == null ? null : edited.tag(answered);
                answered++;
                if (!EditedText.NOT_THE_CLIENTS.equals(tag)) {
                    complete(from, tag, in, start, length);
                }
                return false;
            }
            // The row that counts is not one of the client's.
            return type == BackendMessage.ROW_DESCRIPTION && countsRows()
                    ? false
                    : super.onFrame(from, type, in, start, length);
        }

        @Override
        @Nullable ErrorFields inClientsText(ErrorFields error) {
            if (edited == null) {
                return super.inClientsText(error);
            }
            ErrorFields shifted = edited.shifted(error);
            ErrorFields translated = super.inClientsText(shifted);
            return translated == null ? shifted : translated;
        }

        @Override
        void clear() {
            super.clear();
            edited = null;
            answered = 0;
        }
    }

    /** An Execute of the client. */
    static sealed class Execute extends AwaitedStatement {
        /** The command tag that the client's own text would have got; null if it is the server's. */
        private @Nullable String tag;

        Execute(ReplyScope scope, @Nullable Pool<Execute> pool) {
            super(scope, pool);
        }

        final void tag(@Nullable String clientTag) {
            tag = clientTag;
        }

        @Override
        final boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
            if (type == BackendMessage.COMMAND_COMPLETE) {
                complete(from, tag, in, start, length);
                succeeded();
                return true;
            }
            super.onFrame(from, type, in, start, length);
            return type == BackendMessage.PORTAL_SUSPENDED || type == BackendMessage.EMPTY_QUERY_RESPONSE;
        }

        /** CommandComplete has come. */
        void succeeded() {}

        @Override
        void clear() {
            super.clear();
            tag = null;
        }
    }

    /** An Execute of a DEALLOCATE. */
    static final class Deallocate extends Execute {
        Deallocate(ReplyScope scope) {
            super(scope, null);
        }

        @Override
        void succeeded() {
            scope.listener().deallocated();
        }

        @Override
        void failed(Running from) {
            scope.listener().deallocated();
        }

        @Override
        void onSkipped(Running from) {
            scope.listener().deallocated();
        }
    }
}
