// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.auth.BackendLogin;
import dev.cutover.proxy.backend.PoolerCheck.Started;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.StartupPacket;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Logs a new connection in and asks it what the proxy must know (chapter 55.2.1, Start-up): StartupMessage,
 * authentication, ParameterStatus..., BackendKeyData, ReadyForQuery, then one query of our own.
 */
final class BackendStartup {
    /** What a connection must tell before it is used: one row of three columns. */
    private static final String INQUIRY =
            "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('default_transaction_isolation'),"
                    + " pg_catalog.pg_is_in_recovery()";

    /** What a walsender answers, which may refuse SELECT. */
    private static final String WALSENDER_INQUIRY = "SHOW default_transaction_isolation";

    private final PoolKey key;
    private final Map<String, String> parameters;
    private final BackendLogin login;
    private final Started result;
    private boolean loggedIn;
    private int serverPid;
    private boolean done;
    private @Nullable ErrorFields error;

    /** @param parameters of the startup message, beside user and database */
    BackendStartup(PoolKey key, Map<String, String> parameters, BackendLogin login, Started result) {
        this.key = key;
        this.parameters = parameters;
        this.login = login;
        this.result = result;
    }

    /** @param endPoint of the TLS connection, for channel binding; null without TLS */
    void begin(BackendConnection connection, byte @Nullable [] endPoint) {
        login.bindTo(endPoint);
        if (connection.confidential()) {
            login.confidential();
        }
        ByteBuf out = connection.outbox().appendable();
        int start = out.writerIndex();
        out.writeInt(0);
        out.writeInt(StartupPacket.PROTOCOL_3_0);
        Strings.write(out, "user");
        Strings.write(out, key.user());
        Strings.write(out, "database");
        Strings.write(out, key.database());
        parameters.forEach((name, value) -> {
            Strings.write(out, name);
            Strings.write(out, value);
        });
        out.writeByte(0);
        out.setInt(start, out.writerIndex() - start);
        connection.outbox().flush();
    }

    void frame(BackendConnection connection, byte type, ByteBuf in, int start, int length) {
        int body = start + FrameReader.HEADER_LENGTH;
        switch (type) {
            case BackendMessage.AUTHENTICATION:
                ErrorFields refusal =
                        login.answer(in, start, length, connection.outbox().appendable());
                connection.outbox().flush();
                if (refusal != null) {
                    fail(connection, refusal);
                }
                break;
            case BackendMessage.BACKEND_KEY_DATA:
                connection.keyData(in.getInt(body), in.getInt(body + 4));
                break;
            case BackendMessage.ERROR_RESPONSE:
                fail(connection, ErrorFields.decode(in, start, length));
                break;
            case BackendMessage.DATA_ROW:
                row(connection, in, body);
                break;
            case BackendMessage.READY_FOR_QUERY:
                ready(connection);
                break;
            default:
                break;
        }
    }

    /** {@code int16 columns, then for each int32 length, byte[length] value}. */
    private void row(BackendConnection connection, ByteBuf in, int body) {
        int columns = in.getShort(body);
        int value = body + 2;
        if (columns == 1) {
            serverPid = connection.processId();
        } else {
            serverPid = PoolerCheck.firstNumber(in, body);
            value += 4 + in.getInt(value);
        }
        connection.defaultIsolation(in.toString(value + 4, in.getInt(value), StandardCharsets.UTF_8));
        if (columns == 3) {
            value += 4 + in.getInt(value);
            connection.inRecovery(in.getByte(value + 4) == 't');
        }
    }

    private void ready(BackendConnection connection) {
        if (!loggedIn) {
            loggedIn = true;
            String inquiry = parameters.containsKey("replication") ? WALSENDER_INQUIRY : INQUIRY;
            Messages.query(connection.outbox().appendable(), inquiry, StandardCharsets.US_ASCII);
            connection.outbox().flush();
        } else if (!done) {
            done = true;
            connection.started(System.nanoTime());
            result.started(connection, serverPid);
        }
    }

    private void fail(BackendConnection connection, ErrorFields reason) {
        error = reason;
        connection.terminate();
    }

    /** It could not even begin. */
    void failed(ErrorFields reason) {
        if (error == null) {
            error = reason;
        }
    }

    void closed() {
        if (!done) {
            done = true;
            result.refused(
                    error != null
                            ? error
                            : ErrorFields.fatal(
                                    "08006",
                                    "the server closed the connection during login",
                                    "Look into the server's log."));
        }
    }
}
