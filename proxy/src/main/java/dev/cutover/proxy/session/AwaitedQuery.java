// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** A simple Query of the proxy's own. The client sees none of its replies, up to ReadyForQuery. */
abstract sealed class AwaitedQuery extends Awaited {
    private boolean succeeded;

    private AwaitedQuery(ReplyScope scope) {
        super(scope, null);
    }

    @Override
    final boolean endsCycle() {
        return true;
    }

    @Override
    final boolean endsClientsCycle() {
        return false;
    }

    /** Whether it brings a backend to where a session left another one: what it changes on the way concerns nobody. */
    boolean prepares() {
        return true;
    }

    /** Whether a statement of it has succeeded. */
    final boolean succeeded() {
        return succeeded;
    }

    @Override
    final boolean onFrame(Running from, byte type, ByteBuf in, int start, int length) {
        if (type == BackendMessage.COMMAND_COMPLETE) {
            succeeded = true;
        } else if (type == BackendMessage.DATA_ROW) {
            onRow(from, in, start);
        }
        return false;
    }

    void onRow(Running from, ByteBuf in, int start) {}

    @Override
    void onError(Running from, ErrorFields error, ByteBuf in, int start, int length) {
        if (error.fatal()) {
            scope.client().forward(in, start, length);
        }
    }

    @Override
    void onReady(byte status) {
        scope.listener().settingsApplied();
    }

    /** The one column of a DataRow: {@code int16 columns, int32 length, byte[length] value}. It is not NULL. */
    static String column(ByteBuf in, int start) {
        return in.toString(start + 11, in.getInt(start + 7), StandardCharsets.US_ASCII);
    }

    /** Applies settings. A session cannot do without them. */
    static final class Settings extends AwaitedQuery {
        Settings(ReplyScope scope) {
            super(scope);
        }

        @Override
        void onError(Running from, ErrorFields error, ByteBuf in, int start, int length) {
            scope.listener().settingsRefused(error);
        }
    }

    /** Prepares, on this backend too, what the session has prepared with SQL's PREPARE. */
    static final class Prepare extends AwaitedQuery {
        private final String name;

        Prepare(ReplyScope scope, String name) {
            super(scope);
            this.name = name;
        }

        @Override
        void onError(Running from, ErrorFields error, ByteBuf in, int start, int length) {
            scope.sqlPrepared().failed(name, error);
            super.onError(from, error, in, start, length);
        }
    }

    /** Takes from the backend, by DEALLOCATE, what another session has prepared there. */
    static final class Deallocate extends AwaitedQuery {
        Deallocate(ReplyScope scope) {
            super(scope);
        }
    }

    /** Asks for the code in the database. */
    static final class UserCode extends AwaitedQuery {
        UserCode(ReplyScope scope) {
            super(scope);
        }

        @Override
        void onRow(Running from, ByteBuf in, int start) {
            from.backend().userCode().answered(column(in, start));
        }
    }

    /** A Sync in front of all else: it takes the error of a timeout that a session has left behind. */
    static final class Settle extends AwaitedQuery {
        Settle(ReplyScope scope) {
            super(scope);
        }
    }

    /** Ends a transaction, or makes it a failed one. */
    static final class Abort extends AwaitedQuery {
        Abort(ReplyScope scope) {
            super(scope);
        }

        @Override
        boolean prepares() {
            return false;
        }

        @Override
        void onReady(byte status) {
            scope.listener().aborted();
        }
    }

    /** Asks which reasons still pin the session; each row is one that does. */
    static final class Inquiry extends AwaitedQuery {
        Inquiry(ReplyScope scope) {
            super(scope);
        }

        @Override
        boolean prepares() {
            return false;
        }

        @Override
        void onRow(Running from, ByteBuf in, int start) {
            scope.pins().holds(column(in, start));
        }

        @Override
        void onReady(byte status) {
            scope.listener().inquired(succeeded());
        }
    }
}
