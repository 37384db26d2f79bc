// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.client;

import dev.cutover.proxy.client.login.LoginStage;
import dev.cutover.proxy.session.shared.ClientTls;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Outbox;
import dev.cutover.proxy.wire.ProtocolViolation;
import dev.cutover.proxy.wire.StartupPacket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a client sends first into startup packets, and answers its requests for encryption. On the event loop.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL">SSL Session Encryption</a>
 */
final class StartupReader {
    private final Channel channel;
    private final Outbox outbox;
    private final ClientTls tls;
    private final Receiver receiver;
    /** Which of SSLRequest and GSSENCRequest the client has sent. */
    private final Set<Class<? extends StartupPacket>> asked = new HashSet<>();

    private @Nullable ByteBuf incomplete;

    /** The connection whose packets these are. */
    interface Receiver {
        /** Takes a StartupMessage or a CancelRequest. @return false if the connection ends here */
        boolean take(StartupPacket packet);

        /** Whether the client's StartupMessage was taken: frames follow it. */
        boolean started();

        /** Takes the bytes behind the StartupMessage, and releases them. */
        void frames(ByteBuf in);

        /** Ends the connection with an error. */
        void refuse(ErrorFields error);
    }

    StartupReader(Channel channel, Outbox outbox, ClientTls tls, Receiver receiver) {
        this.channel = channel;
        this.outbox = outbox;
        this.tls = tls;
        this.receiver = receiver;
    }

    /** Reads as many packets as have come whole, and releases the buffer. */
    void read(ByteBuf in) {
        ByteBuf all = in;
        if (incomplete != null) {
            all = incomplete.writeBytes(in);
            in.release();
            incomplete = null;
        }
        if (all.isReadable() && tls.direct(all.getByte(all.readerIndex()))) {
            tls.begin(true);
            channel.pipeline().fireChannelRead(all);
            channel.pipeline().fireChannelReadComplete();
            return;
        }
        try {
            while (!receiver.started() && all.readableBytes() >= 4) {
                int length = all.getInt(all.readerIndex());
                if (length < 8 || length > StartupPacket.MAX_LENGTH) {
                    throw ProtocolViolation.INVALID_STARTUP_LENGTH;
                }
                if (all.readableBytes() < length) {
                    break;
                }
                StartupPacket packet = StartupPacket.decode(all, all.readerIndex(), length);
                all.skipBytes(length);
                boolean more =
                        packet instanceof StartupPacket.SslRequest || packet instanceof StartupPacket.GssEncRequest
                                ? answer(packet, all)
                                : receiver.take(packet);
                if (!more) {
                    return;
                }
            }
            if (all.isReadable()) {
                if (receiver.started()) {
                    receiver.frames(all.retain());
                } else {
                    incomplete =
                            channel.alloc().buffer(all.readableBytes() + 64).writeBytes(all);
                }
            }
        } finally {
            all.release();
        }
    }

    /** @return false if no further packet is read from this buffer */
    private boolean answer(StartupPacket request, ByteBuf rest) {
        boolean ssl = request instanceof StartupPacket.SslRequest;
        if (!asked.add(request.getClass())) {
            // As the server: it answers each of the two once, and takes the next one for a version of the protocol.
            int code = ssl ? StartupPacket.SSL_REQUEST_CODE : StartupPacket.GSSENC_REQUEST_CODE;
            receiver.refuse(LoginStage.unsupported(code >>> 16, code & 0xffff));
            return false;
        }
        if (ssl && tls.offered()) {
            beginTls(rest);
            return false;
        }
        // Not here. The client may continue in clear.
        outbox.appendable().writeByte('N');
        outbox.flush();
        return true;
    }

    private void beginTls(ByteBuf rest) {
        if (rest.isReadable()) {
            // What came in clear behind the request would pass for what came encrypted.
            throw ProtocolViolation.UNENCRYPTED_DATA;
        }
        outbox.appendable().writeByte('S');
        outbox.flush();
        tls.begin(false);
    }

    /** Releases what has come of a packet. */
    void close() {
        if (incomplete != null) {
            incomplete.release();
            incomplete = null;
        }
    }
}
