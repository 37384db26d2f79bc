// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.script;

import dev.cutover.proxy.script.Frames.Frame;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.local.LocalChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A client of the proxy that sends what a script says. */
final class ScriptedClient {
    private final List<String> received = new ArrayList<>();
    private final Channel channel;

    private final EventLoopGroup group;
    private final int port;

    /** Of its BackendKeyData. */
    private ByteBuf key = Unpooled.EMPTY_BUFFER;

    /** @param startup the settings in its startup message */
    ScriptedClient(EventLoopGroup group, int port, String database, Map<String, String> startup)
            throws InterruptedException {
        this.group = group;
        this.port = port;
        channel = connect();
        ByteBuf packet = Unpooled.buffer().writeInt(0).writeInt(196608);
        for (String each : List.of("user", "app", "database", database)) {
            Notation.string(packet, each);
        }
        startup.forEach((name, value) -> {
            Notation.string(packet, name);
            Notation.string(packet, value);
        });
        packet.writeByte(0).setInt(0, packet.readableBytes());
        channel.writeAndFlush(packet);
    }

    private Channel connect() throws InterruptedException {
        return new Bootstrap()
                .group(group)
                .channel(LocalChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel made) {
                        made.pipeline().addLast(new Frames(false), new Receiver());
                    }
                })
                .connect(MemoryTransport.address(port))
                .sync()
                .channel();
    }

    /** Asks, by a connection of its own, to cancel what runs. */
    void cancel() throws InterruptedException {
        connect()
                .writeAndFlush(Unpooled.buffer()
                        .writeInt(8 + key.readableBytes())
                        .writeInt(80877102)
                        .writeBytes(key.duplicate()));
    }

    /** What came since it was last asked; {@code closed} at the end. */
    List<String> received() {
        List<String> now = List.copyOf(received);
        received.clear();
        return now;
    }

    /** Sends the messages as one write. */
    void send(List<String> messages) {
        messages.forEach(message -> channel.write(Notation.ofClient(message)));
        channel.flush();
    }

    void close() {
        channel.close();
    }

    private final class Receiver extends SimpleChannelInboundHandler<Frame> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, Frame frame) {
            if (frame.type() == 'K') {
                key = Unpooled.copiedBuffer(frame.body());
                frame.body().release();
                return;
            }
            received.add(Notation.fromServer(frame.type(), frame.body()));
            frame.body().release();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (context.channel() == channel) {
                received.add("closed");
            }
        }
    }
}
