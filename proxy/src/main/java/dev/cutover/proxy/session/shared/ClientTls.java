// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import dev.cutover.proxy.wire.ServerTls;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/** The TLS of one client's connection: how it is begun, by SSLRequest or directly, and what it gives to bind to. */
public final class ClientTls {
    private static final String HANDLER = "tls";
    /** The first byte of a TLS connection, a handshake record's type. No startup packet is long enough to have it. */
    private static final byte HANDSHAKE = 0x16;

    private final Channel channel;
    private final @Nullable ServerTls tls;
    private byte @Nullable [] endPoint;
    private boolean begun;

    public ClientTls(Channel channel, @Nullable ServerTls tls) {
        this.channel = channel;
        this.tls = tls;
    }

    /** What a SCRAM exchange can be bound to; null if there is nothing. */
    public byte @Nullable [] endPoint() {
        return endPoint;
    }

    /** Whether a SSLRequest can be answered by yes. */
    public boolean offered() {
        return tls != null && !begun;
    }

    /** Whether the client may not continue as it is. */
    public boolean lacking() {
        return tls != null && tls.required() && !begun;
    }

    /** Whether the client begins with TLS, without asking. */
    public boolean direct(byte first) {
        return first == HANDSHAKE && offered();
    }

    /** @param direct whether the client did not ask: then it must name the protocol by ALPN */
    public void begin(boolean direct) {
        if (tls == null) {
            return;
        }
        begun = true;
        ServerTls.Loaded loaded = tls.current();
        endPoint = loaded.endPoint();
        SslHandler handler = loaded.context().newHandler(channel.alloc());
        channel.pipeline().addFirst(HANDLER, handler);
        if (direct) {
            handler.handshakeFuture().addListener(shaken -> {
                if (!ServerTls.ALPN.equals(handler.applicationProtocol())) {
                    channel.close();
                }
            });
        }
    }
}
