// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.client.login;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.BackendListener;
import dev.cutover.proxy.backend.Borrower;
import dev.cutover.proxy.backend.Pool;
import dev.cutover.proxy.backend.SettingsSnapshot;
import dev.cutover.proxy.backend.Waiter;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a backend what it reports to a client with given settings, by applying them. No transaction of the tenant, so it
 * does not pass the gate. It also finds out whether the user can log in there, and whether the settings are valid.
 */
public final class ParameterProbe implements Borrower, BackendListener {
    private final String tenant;
    private final Pool pool;
    private final SettingsSnapshot settings;
    private final Consumer<ErrorFields> onError;
    private final Consumer<BackendConnection> onAnswer;
    private @Nullable Waiter waiter;
    private @Nullable BackendConnection backend;
    private @Nullable ErrorFields error;
    private int outstanding;
    /** Whether what comes first belongs to the session before. */
    private boolean settling;

    /** @param onAnswer gets the connection, which reports what was asked for, and gives it back */
    ParameterProbe(
            String tenant,
            Pool pool,
            SettingsSnapshot settings,
            Consumer<ErrorFields> onError,
            Consumer<BackendConnection> onAnswer) {
        this.tenant = tenant;
        this.pool = pool;
        this.settings = settings;
        this.onError = onError;
        this.onAnswer = onAnswer;
    }

    void begin() {
        BackendConnection idle = pool.tryBorrow(this);
        if (idle != null) {
            lent(idle);
        } else {
            waiter = pool.borrow(tenant, this, this);
        }
    }

    void withdraw() {
        if (waiter != null) {
            waiter.withdraw();
        }
    }

    @Override
    public void lent(BackendConnection connection) {
        waiter = null;
        backend = connection;
        if (connection.settings() == settings) {
            backend = null;
            onAnswer.accept(connection);
            return;
        }
        connection.prepared().unnamed(null);
        if (connection.settings().hasTimeouts()) {
            // A timeout that has passed behind the last check of its statement fails the next message: this one.
            Messages.bare(connection.outbox().appendable(), FrontendMessage.SYNC);
            outstanding++;
            settling = true;
        }
        SettingsSnapshot there = connection.settings();
        if (there.get("client_encoding") != null) {
            // Alone: the server reads the next message by it.
            Messages.query(connection.outbox().appendable(), "RESET client_encoding", StandardCharsets.US_ASCII);
            there = there.without("client_encoding");
            connection.settings(there);
            outstanding++;
        }
        outstanding++;
        String sql = settings.statementsFrom(there);
        Messages.query(connection.outbox().appendable(), sql, StandardCharsets.UTF_8);
        connection.outbox().flush();
    }

    @Override
    public void refused(ErrorFields reason) {
        onError.accept(reason.asFatal());
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        if (type == BackendMessage.ERROR_RESPONSE) {
            error = ErrorFields.decode(in, start, length);
        } else if (type == BackendMessage.READY_FOR_QUERY && settling) {
            settling = false;
            outstanding--;
            error = null;
        } else if (type == BackendMessage.READY_FOR_QUERY && backend != null && --outstanding == 0) {
            BackendConnection connection = backend;
            backend = null;
            if (error == null) {
                connection.settings(settings);
                onAnswer.accept(connection);
            } else {
                // One of two messages may have failed: what the connection has now is not known.
                pool.reset(connection);
                onError.accept(error.asFatal());
            }
        }
        return true;
    }

    @Override
    public void backendClosed() {
        onError.accept(
                error != null
                        ? error.asFatal()
                        : ErrorFields.fatal("08006", "the server closed the connection during login", "Try again."));
    }
}
