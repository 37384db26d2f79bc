// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.proxy.wire.FrameHandler;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Outbox;
import dev.cutover.proxy.wire.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The least that a proxy on the JVM can do: a connection to the server for each client, and every frame's header looked
 * at and passed on. It is the limit that the proxy is held against.
 */
final class Relay {
    private Relay() {}

    /** {@code <listen port> <server port>}; runs until it is killed. */
    public static void main(String[] args) throws InterruptedException {
        int serverPort = Integer.parseInt(args[1]);
        Transport transport = Transport.choose();
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), transport.handlers());
        new ServerBootstrap()
                .group(group)
                .channel(transport.serverChannel())
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        connect(transport, client, serverPort);
                    }
                })
                .bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])))
                .sync();
        new CountDownLatch(1).await();
    }

    private static void connect(Transport transport, Channel client, int serverPort) {
        Direction toServer = new Direction(client);
        client.pipeline().addLast(toServer);
        new Bootstrap()
                .group(client.eventLoop())
                .channel(transport.channel())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel server) {
                        Direction toClient = new Direction(server);
                        toClient.target(client);
                        server.pipeline().addLast(toClient);
                        toServer.target(server);
                    }
                })
                .connect(new InetSocketAddress("127.0.0.1", serverPort))
                .addListener(connected -> {
                    if (connected.isSuccess()) {
                        client.config().setAutoRead(true);
                    } else {
                        client.close();
                    }
                });
    }

    /** One of the two ways. The client's begins with startup packets, which have no type byte. */
    private static final class Direction extends ChannelInboundHandlerAdapter implements FrameHandler {
        private static final int WHOLE_LIMIT = 64 * 1024;

        private final FrameReader reader;
        private @Nullable Outbox out;
        private @Nullable Channel peer;
        private boolean started;

        Direction(Channel source) {
            this.reader = new FrameReader(this, source.alloc());
        }

        void target(Channel target) {
            peer = target;
            out = new Outbox(target);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf in = (ByteBuf) message;
            // A startup packet, and an SSLRequest before it, come alone and begin with the zero of their length; the
            // answer
            // to the latter is one byte.
            boolean startup = in.readableBytes() == 1 || (in.isReadable() && in.getByte(in.readerIndex()) == 0);
            if (!started && startup) {
                forward(in, in.readerIndex(), in.readableBytes());
                in.release();
                return;
            }
            started = true;
            reader.feed(in);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            if (out != null) {
                out.flush();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            reader.close();
            if (peer != null) {
                peer.close();
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (peer != null) {
                peer.config().setAutoRead(context.channel().isWritable());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }

        @Override
        public int wholeLimit(byte type) {
            return WHOLE_LIMIT;
        }

        @Override
        public boolean frame(byte type, ByteBuf in, int start, int length) {
            forward(in, start, length);
            return true;
        }

        @Override
        public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
            forward(in, start, available);
            return true;
        }

        @Override
        public void chunk(ByteBuf in, int start, int length, boolean last) {
            forward(in, start, length);
        }

        private void forward(ByteBuf in, int start, int length) {
            if (out != null) {
                out.forward(in, start, length);
            }
        }
    }
}
