// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.Endpoint;
import dev.cutover.proxy.wire.ChannelBinding;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.StartupPacket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server for TLS before anything else (chapter 55.2.10): SSLRequest, one byte {@code 'S'} or {@code 'N'}, then the
 * handshake or nothing. Leaves the pipeline when that is done.
 */
final class TlsRequest extends ChannelInboundHandlerAdapter {
    /** How it went. One of the two is called, unless the connection is closed. */
    interface Outcome {
        /** @param endPoint what a SCRAM exchange can be bound to; null without TLS */
        void ready(byte @Nullable [] endPoint);

        void failed(ErrorFields error);
    }

    private static final int SSL_REQUEST_LENGTH = 8;

    private final BackendTls tls;
    private final Endpoint endpoint;
    private final Outcome outcome;
    private boolean done;

    TlsRequest(BackendTls tls, Endpoint endpoint, Outcome outcome) {
        this.tls = tls;
        this.endpoint = endpoint;
        this.outcome = outcome;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.writeAndFlush(context.alloc()
                .buffer(SSL_REQUEST_LENGTH)
                .writeInt(SSL_REQUEST_LENGTH)
                .writeInt(StartupPacket.SSL_REQUEST_CODE));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        byte answer = in.getByte(in.readerIndex());
        // More than the one byte was sent by somebody who is not yet trusted.
        boolean alone = in.readableBytes() == 1;
        in.release();
        if (answer == 'S' && alone) {
            handshake(context);
        } else if (answer == 'N' && alone && !tls.required()) {
            done = true;
            context.pipeline().remove(this);
            outcome.ready(null);
        } else {
            fail(context, "it does not offer TLS", "Switch ssl on at the server, or set");
        }
    }

    private void handshake(ChannelHandlerContext context) {
        SslHandler handler = tls.context().newHandler(context.alloc(), endpoint.host(), endpoint.port());
        context.pipeline().addFirst("tls", handler);
        handler.handshakeFuture().addListener(shaken -> {
            if (shaken.isSuccess()) {
                done = true;
                context.pipeline().remove(this);
                outcome.ready(endPoint(handler));
            } else {
                Throwable cause = shaken.cause();
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                fail(context, String.valueOf(cause.getMessage()), "Check the server's certificate and");
            }
        });
    }

    private static byte @Nullable [] endPoint(SslHandler handler) {
        try {
            Certificate[] chain = handler.engine().getSession().getPeerCertificates();
            return chain[0] instanceof X509Certificate own ? ChannelBinding.tlsServerEndPoint(own) : null;
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    private void fail(ChannelHandlerContext context, String reason, String hint) {
        if (!done) {
            done = true;
            outcome.failed(ErrorFields.fatal(
                    "08001",
                    "no TLS connection to the server at " + endpoint + ": " + reason,
                    hint + " the cluster's tls in the proxy's configuration."));
            context.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(context, "it closed the connection", "Look into the server's log, and at");
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // The handshake's future tells the reason.
        context.close();
    }
}
