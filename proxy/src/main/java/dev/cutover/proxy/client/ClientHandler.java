// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.client;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.client.login.LoginStage;
import dev.cutover.proxy.client.login.LoginTimeout;
import dev.cutover.proxy.session.ClientConnection;
import dev.cutover.proxy.session.Session;
import dev.cutover.proxy.session.SessionContext;
import dev.cutover.proxy.session.shared.AdminDatabase;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ClientMemory;
import dev.cutover.proxy.session.shared.ClientStage;
import dev.cutover.proxy.session.shared.ClientTls;
import dev.cutover.proxy.session.shared.ReadHold;
import dev.cutover.proxy.session.shared.SessionServices;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameHandler;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Outbox;
import dev.cutover.proxy.wire.ProtocolViolation;
import dev.cutover.proxy.wire.StartupPacket;
import dev.cutover.proxy.wire.StartupPacket.CancelRequest;
import dev.cutover.proxy.wire.StartupPacket.PeerCancelRequest;
import dev.cutover.proxy.wire.StartupPacket.Startup;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.net.SocketAddress;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection: reads its startup packet, and then hands its frames to the stage it is in, {@link LoginStage}
 * or {@link Session}.
 */
public final class ClientHandler extends ChannelInboundHandlerAdapter
        implements FrameHandler, ClientConnection, StartupReader.Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(ClientHandler.class);

    private final SessionServices services;
    private final Channel channel;
    private final int stripe;
    private final Outbox outbox;
    private final FrameReader reader;
    private final ReadHold flow;
    private final ClientTls tls;
    private final LoginTimeout loginTimeout;
    private final StartupReader startup;

    /** The client has closed its direction of the connection. */
    private boolean streamEnded;

    private @Nullable ClientStage stage;
    /** For what has not come whole; null before the login. */
    private ClientMemory.@Nullable Account memory;
    /** Why there is no room for this client; null if there is. */
    private @Nullable ErrorFields overcrowded;

    /** @param stripe of the gate: the number of the channel's event loop */
    public ClientHandler(SessionServices services, Channel channel, int stripe) {
        this.services = services;
        this.channel = channel;
        this.stripe = stripe;
        this.outbox = new Outbox(channel);
        this.reader = new FrameReader(this, channel.alloc());
        this.flow = new ReadHold(channel, reader);
        this.loginTimeout = new LoginTimeout(channel, this::loggedIn);
        this.tls = new ClientTls(channel, services.tls().current());
        this.startup = new StartupReader(channel, outbox, tls, this);
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public byte @Nullable [] endPoint() {
        return tls.endPoint();
    }

    @Override
    public ReadHold flow() {
        return flow;
    }

    /** Whether a session runs or rests on this connection, so that it can be told before it is closed. */
    public boolean loggedIn() {
        return stage != null && !(stage instanceof LoginStage);
    }

    /** Whether the client has no transaction. On the event loop. */
    public boolean idle() {
        return !(stage instanceof Session session) || session.idle();
    }

    /** Ends the client with an error. On the event loop. */
    public void end(ErrorFields error) {
        if (stage != null) {
            stage.end(error);
        } else {
            channel.close();
        }
    }

    @Override
    public CancelKeys.Key established(SessionContext context, int keyLength, @Nullable BackendConnection own) {
        Session[] created = new Session[1];
        Runnable cancel = () -> channel.eventLoop().execute(() -> {
            if (created[0] != null) {
                created[0].cancel();
            }
        });
        CancelKeys.Key key = own == null
                ? services.cancelKeys().register(keyLength, cancel)
                : services.cancelKeys().register(own.processId(), keyLength, cancel);
        Session session = new Session(context, flow, stripe, key);
        if (own != null) {
            session.borrowing().keep(own);
        }
        created[0] = session;
        stage = session;
        memory = context.messageMemory;
        session.begin();
        loginTimeout.cancel();
        return key;
    }

    @Override
    public void administered(String user) {
        stage = services.admin()
                .open(new AdminDatabase.Operator(
                        user,
                        channel,
                        outbox,
                        () -> flow.hold(ReadHold.TRANSACTION),
                        () -> flow.release(ReadHold.TRANSACTION)));
        loginTimeout.cancel();
    }

    @Override
    public void handOver(ClientStage next) {
        stage = next;
        loginTimeout.cancel();
    }

    @Override
    public boolean streamEnded() {
        return streamEnded;
    }

    @Override
    public void proceed() {
        flow.release(ReadHold.TRANSACTION);
        flush();
        if (streamEnded) {
            endStream();
        }
    }

    private void endStream() {
        if (stage == null || !stage.streamEnded()) {
            channel.close();
        }
    }

    @Override
    public void flush() {
        if (stage != null) {
            stage.readComplete();
        }
    }

    @Override
    public void closeAfterWriting() {
        flow.hold(ReadHold.TRANSACTION);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        SocketAddress from = channel.remoteAddress();
        overcrowded = services.admission().arrived(from);
        channel.closeFuture().addListener(closed -> services.admission().left(from));
        loginTimeout.begin(services.admission().limits().loginTimeout());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        services.meters().clientBytes().add(in.readableBytes());
        if (stage != null) {
            reader.feed(in);
        } else {
            startup.read(in);
        }
    }

    @Override
    public boolean started() {
        return stage != null;
    }

    @Override
    public void frames(ByteBuf in) {
        reader.feed(in);
    }

    @Override
    public boolean take(StartupPacket packet) {
        if (packet instanceof Startup && tls.lacking()) {
            refuse(ErrorFields.fatal(
                    "28000", "the proxy accepts only connections with TLS", "Connect with sslmode=require."));
            return false;
        }
        if (packet instanceof Startup && overcrowded != null) {
            refuse(overcrowded);
            return false;
        }
        if (packet instanceof Startup message) {
            LoginStage login = new LoginStage(this, services, outbox, message);
            stage = login;
            login.begin();
            return true;
        }
        if (packet instanceof CancelRequest cancel) {
            services.cancelKeys().cancel(cancel.processId(), cancel.secretKey());
            channel.close();
            return false;
        }
        if (packet instanceof PeerCancelRequest cancel) {
            services.cancelKeys().cancelHere(cancel.processId(), cancel.secretKey());
            channel.close();
            return false;
        }
        throw new IllegalArgumentException("not a packet that begins a session: " + packet);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (stage != null) {
            stage.writabilityChanged(channel.isWritable());
        }
        if (channel.isWritable()) {
            flow.release(ReadHold.UNREAD_REPLIES);
            flush();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loginTimeout.cancel();
        try {
            reader.close();
            startup.close();
        } finally {
            if (stage != null) {
                stage.closed();
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            streamEnded = true;
            endStream();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof ProtocolViolation violation) {
            LOG.info("client broke the protocol: client={} reason={}", channel.remoteAddress(), violation.reason());
            if (violation == ProtocolViolation.INVALID_STARTUP_LENGTH) {
                // Whoever sent this does not speak the protocol. The server says nothing either.
                channel.close();
                return;
            }
            refuse(ErrorFields.fatal("08P01", violation.reason(), "The client does not keep to the protocol."));
        } else if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
            LOG.debug("client connection lost: client={} reason={}", channel.remoteAddress(), cause.getMessage());
            channel.close();
        } else {
            LOG.error("client connection failed: client={}", channel.remoteAddress(), cause);
            refuse(ErrorFields.fatal(
                    "XX000", "internal error of the proxy", "The proxy's log has the details: " + cause));
        }
    }

    @Override
    public void refuse(ErrorFields error) {
        if (stage != null) {
            try {
                stage.end(error);
            } catch (RuntimeException | Error e) {
                // The client is not told, but its session ends.
                channel.close();
                throw e;
            }
        } else {
            error.writeTo(outbox.appendable());
            outbox.flush();
            closeAfterWriting();
        }
    }

    @Override
    public int wholeLimit(byte type) {
        return stage == null ? StartupPacket.MAX_LENGTH : stage.wholeLimit(type);
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        boolean taken = stage != null && stage.frame(type, in, start, length);
        if (!channel.isWritable()) {
            // A client that does not read its replies gets no more of them.
            flow.hold(ReadHold.UNREAD_REPLIES);
        }
        return taken;
    }

    @Override
    public void kept(int bytes) {
        if (memory != null && bytes < 0) {
            memory.free(-bytes);
        } else if (memory != null) {
            ErrorFields full = memory.room(bytes);
            memory.use(bytes);
            if (full != null) {
                refuse(full.asFatal());
            }
        }
    }

    @Override
    public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
        return stage != null && stage.head(type, frameLength, in, start, available);
    }

    @Override
    public void chunk(ByteBuf in, int start, int length, boolean last) {
        if (stage != null) {
            stage.chunk(in, start, length, last);
        }
    }
}
