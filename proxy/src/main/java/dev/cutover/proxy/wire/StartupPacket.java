// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The first packet of a connection, which has no type byte.
 *
 * <pre>
 * int32 length, itself included
 * int32 code: a protocol version (major * 65536 + minor), or one of four requests
 * </pre>
 */
public sealed interface StartupPacket {
    int SSL_REQUEST_CODE = 80877103;
    int GSSENC_REQUEST_CODE = 80877104;
    int CANCEL_REQUEST_CODE = 80877102;
    /** From another proxy; PostgreSQL knows no such request. */
    int PEER_CANCEL_REQUEST_CODE = 1234 << 16 | 6432;

    int PROTOCOL_3_0 = 3 << 16;
    /** The newest minor version of protocol 3 that the proxy speaks with clients; 3.1 was never given out. */
    int LATEST_MINOR = 2;
    /** From this minor version on secret keys are longer than four bytes. */
    int LONG_KEYS_MINOR = 2;
    /** As in the server. */
    int MAX_LENGTH = 10_000;

    record SslRequest() implements StartupPacket {}

    record GssEncRequest() implements StartupPacket {}

    /** {@code int32 process id, byte[] secret key}; the key has 4 bytes in protocol 3.0, up to 256 in 3.2. */
    record CancelRequest(int processId, byte[] secretKey) implements StartupPacket {}

    /** The same, from a proxy to which no session with that key belongs. */
    record PeerCancelRequest(int processId, byte[] secretKey) implements StartupPacket {}

    /** {@code { string name, string value }... byte 0} */
    record Startup(int major, int minor, Map<String, String> parameters) implements StartupPacket {}

    /** Decodes a packet that has come wholly. */
    static StartupPacket decode(ByteBuf in, int start, int length) {
        if (length < 8) {
            throw ProtocolViolation.INVALID_STARTUP_LENGTH;
        }
        int code = in.getInt(start + 4);
        switch (code) {
            case SSL_REQUEST_CODE:
                return new SslRequest();
            case GSSENC_REQUEST_CODE:
                return new GssEncRequest();
            case CANCEL_REQUEST_CODE:
                byte[] cancelled = secretKey(in, start, length);
                return new CancelRequest(in.getInt(start + 8), cancelled);
            case PEER_CANCEL_REQUEST_CODE:
                byte[] passedOn = secretKey(in, start, length);
                return new PeerCancelRequest(in.getInt(start + 8), passedOn);
            default:
                return new Startup(code >>> 16, code & 0xffff, parameters(in, start + 8, start + length));
        }
    }

    private static byte[] secretKey(ByteBuf in, int start, int length) {
        if (length < 16) {
            throw ProtocolViolation.INVALID_STARTUP_LENGTH;
        }
        byte[] secretKey = new byte[length - 12];
        in.getBytes(start + 12, secretKey);
        return secretKey;
    }

    private static Map<String, String> parameters(ByteBuf in, int start, int limit) {
        Map<String, String> parameters = new LinkedHashMap<>();
        int at = start;
        while (at < limit && in.getByte(at) != 0) {
            int nameEnd = Strings.end(in, at, limit);
            int valueEnd = Strings.end(in, nameEnd + 1, limit);
            parameters.put(Strings.read(in, at, nameEnd), Strings.read(in, nameEnd + 1, valueEnd));
            at = valueEnd + 1;
        }
        if (at != limit - 1) {
            throw ProtocolViolation.INVALID_STARTUP_PACKET;
        }
        return parameters;
    }
}
