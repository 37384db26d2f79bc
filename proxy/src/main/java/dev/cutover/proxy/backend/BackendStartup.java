package dev.cutover.proxy.backend;

import dev.cutover.proxy.auth.BackendLogin;
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
    /** What a connection must tell before it is used: one row of one column. */
    private static final String INQUIRY = "SHOW default_transaction_isolation";

    private final PoolKey key;
    private final Map<String, String> parameters;
    private final BackendLogin login;
    private final Borrower result;
    private boolean loggedIn;
    private boolean done;
    private @Nullable ErrorFields error;

    /** @param parameters of the startup message, beside user and database */
    BackendStartup(PoolKey key, Map<String, String> parameters, BackendLogin login, Borrower result) {
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
                // int16 count, then for each column int32 length, byte[length] value
                int valueLength = in.getInt(body + 2);
                connection.defaultIsolation(in.toString(body + 6, valueLength, StandardCharsets.UTF_8));
                break;
            case BackendMessage.READY_FOR_QUERY:
                ready(connection);
                break;
            default:
                break;
        }
    }

    private void ready(BackendConnection connection) {
        if (!loggedIn) {
            loggedIn = true;
            Messages.query(connection.outbox().appendable(), INQUIRY, StandardCharsets.US_ASCII);
            connection.outbox().flush();
        } else if (!done) {
            done = true;
            connection.started(System.nanoTime());
            result.lent(connection);
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
