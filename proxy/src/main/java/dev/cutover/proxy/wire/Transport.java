// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.StandardSocketOptions;

/** How the event loops speak to the kernel. */
public record Transport(
        String name,
        IoHandlerFactory handlers,
        Class<? extends ServerChannel> serverChannel,
        Class<? extends Channel> channel) {
    /** System property: {@code epoll}, {@code nio} or {@code io_uring}. Default: epoll where it is there, else NIO. */
    public static final String PROPERTY = "cutover.transport";

    private static final int PROBE_SECONDS = 3;
    private static final int PROBES = 3;
    private static final int DEAD_AFTER_MILLIS = 60_000;

    /** Whether an open channel can be moved to another event loop. */
    public boolean movesChannels() {
        return !name.equals("io_uring");
    }

    /** Lets other processes of the same user listen on the same address: the kernel spreads new connections over them. */
    public void sharePort(ServerBootstrap server) {
        if (name.equals("nio")) {
            server.option(NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT), true);
        } else {
            server.option(UnixChannelOption.SO_REUSEPORT, true);
        }
    }

    /**
     * Has the kernel give up a connection whose other end is gone: its host may have lost power, or the network drops packets. Probes tell
     * that of a silent connection within seconds. One with data under way gets a minute: the kernel cannot tell a lost server from one
     * that does not read for want of a lock. Where the transport lacks the options, the connection lasts longer.
     */
    public void noticeDeadPeers(Bootstrap client) {
        if (name.equals("epoll")) {
            client.option(EpollChannelOption.TCP_USER_TIMEOUT, DEAD_AFTER_MILLIS)
                    .option(EpollChannelOption.TCP_KEEPIDLE, PROBE_SECONDS)
                    .option(EpollChannelOption.TCP_KEEPINTVL, PROBE_SECONDS)
                    .option(EpollChannelOption.TCP_KEEPCNT, PROBES);
        } else if (name.equals("io_uring")) {
            client.option(IoUringChannelOption.TCP_USER_TIMEOUT, DEAD_AFTER_MILLIS)
                    .option(IoUringChannelOption.TCP_KEEPIDLE, PROBE_SECONDS)
                    .option(IoUringChannelOption.TCP_KEEPINTVL, PROBE_SECONDS)
                    .option(IoUringChannelOption.TCP_KEEPCNT, PROBES);
        }
    }

    public static Transport choose() {
        String wanted = System.getProperty(PROPERTY, "epoll");
        if (wanted.equals("io_uring") && IoUring.isAvailable()) {
            return new Transport(
                    "io_uring",
                    IoUringIoHandler.newFactory(),
                    IoUringServerSocketChannel.class,
                    IoUringSocketChannel.class);
        }
        if (!wanted.equals("nio") && Epoll.isAvailable()) {
            return new Transport(
                    "epoll", GuardedEpoll.newFactory(), EpollServerSocketChannel.class, EpollSocketChannel.class);
        }
        return new Transport("nio", NioIoHandler.newFactory(), NioServerSocketChannel.class, NioSocketChannel.class);
    }
}
