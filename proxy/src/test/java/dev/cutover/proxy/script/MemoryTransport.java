// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.script;

import dev.cutover.proxy.wire.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Connections within the JVM. A port is the name of what listens there. */
final class MemoryTransport {
    static final Transport TRANSPORT =
            new Transport("memory", LocalIoHandler.newFactory(), LocalServerChannel.class, PortChannel.class);

    private MemoryTransport() {}

    static LocalAddress address(int port) {
        return new LocalAddress("port " + port);
    }

    /** Connects to the name of a port. Made by the bootstrap of the proxy's connector. */
    public static final class PortChannel extends LocalChannel implements DuplexChannel {
        public PortChannel() {
            pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
                @Override
                public void connect(
                        ChannelHandlerContext context,
                        SocketAddress remote,
                        SocketAddress local,
                        ChannelPromise promise) {
                    SocketAddress named = remote instanceof InetSocketAddress inet ? address(inet.getPort()) : remote;
                    context.connect(named, local, promise);
                }
            });
        }

        // A connection in memory has no halves: it ends when either side closes it.

        @Override
        public boolean isInputShutdown() {
            return !isOpen();
        }

        @Override
        public ChannelFuture shutdownInput() {
            return newSucceededFuture();
        }

        @Override
        public ChannelFuture shutdownInput(ChannelPromise promise) {
            return promise.setSuccess();
        }

        @Override
        public boolean isOutputShutdown() {
            return !isOpen();
        }

        @Override
        public ChannelFuture shutdownOutput() {
            return newSucceededFuture();
        }

        @Override
        public ChannelFuture shutdownOutput(ChannelPromise promise) {
            return promise.setSuccess();
        }

        @Override
        public boolean isShutdown() {
            return !isOpen();
        }

        @Override
        public ChannelFuture shutdown() {
            return close();
        }

        @Override
        public ChannelFuture shutdown(ChannelPromise promise) {
            return close(promise);
        }
    }
}
