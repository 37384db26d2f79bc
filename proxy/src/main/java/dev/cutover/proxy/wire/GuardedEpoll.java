// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;

/**
 * Netty's epoll handler, without the calls by which one connection cuts off another.
 *
 * <p>Since 4.2.13 Netty removes a descriptor from epoll when a channel waits for nothing (no reads wanted, nothing to write, the
 * peer's end seen), and does not remember that it did. The next change of the channel's interest then fails with ENOENT. Netty may
 * also change the interest of a channel between its close and its deregistration. By then the number of the descriptor can belong
 * to a connection that was accepted meanwhile. That connection is removed from epoll: it hangs, or fails at its next change.
 * Versions up to 4.2.20 are affected.
 *
 * <p>This handler passes on no change for a descriptor that is closed. A channel that waits for nothing stays registered, edge
 * triggered: epoll reports an error or hangup of it once and not all the time.
 */
final class GuardedEpoll implements IoHandler {
    private final IoHandler epoll;

    private GuardedEpoll(IoHandler epoll) {
        this.epoll = epoll;
    }

    static IoHandlerFactory newFactory() {
        IoHandlerFactory epoll = EpollIoHandler.newFactory();
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor executor) {
                return new GuardedEpoll(epoll.newHandler(executor));
            }

            @Override
            public boolean isChangingThreadSupported() {
                return epoll.isChangingThreadSupported();
            }
        };
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return new Registration((EpollIoHandle) handle, epoll.register(handle));
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }

    private record Registration(EpollIoHandle handle, IoRegistration epoll) implements IoRegistration {
        @Override
        public long submit(IoOps ops) {
            if (!handle.fd().isOpen()) {
                return -1;
            }
            return epoll.submit(ops.equals(EpollIoOps.NONE) ? EpollIoOps.EPOLLET : ops);
        }

        @Override
        public <T> T attachment() {
            return epoll.attachment();
        }

        @Override
        public boolean isValid() {
            return epoll.isValid();
        }

        @Override
        public boolean cancel() {
            return epoll.cancel();
        }
    }
}
