// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.StartupPacket;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The requests to cancel what one connection runs (manual, "Canceling Requests in Progress"). The server takes each on a connection
 * of its own, and closes that after it has sent the signal. A signal that comes late hits whatever statement runs then. So the
 * connection must not go to another session before that, and a request that nobody needs any more is not sent.
 *
 * <p>One request is under way at a time. Belongs to the event loop of its connection.
 */
final class Cancellation {
    private static final int REQUEST_LENGTH = 16;
    /** A server that takes longer is not waited for. */
    private static final int PATIENCE_SECONDS = 10;

    private final BackendConnection target;
    private boolean underWay;
    private boolean unsure;
    private @Nullable BooleanSupplier next;
    private @Nullable Runnable afterwards;

    Cancellation(BackendConnection target) {
        this.target = target;
    }

    /**
     * Sends a request, behind the one that is under way.
     *
     * @param wanted asked when the request could be sent
     * @param connect connects to the server
     */
    void request(EventLoop loop, BooleanSupplier wanted, Supplier<ChannelFuture> connect) {
        if (underWay) {
            next = wanted;
            return;
        }
        underWay = true;
        ChannelFuture connecting = connect.get();
        connecting.addListener(future -> {
            if (future.isSuccess() && wanted.getAsBoolean()) {
                send(loop, connecting.channel(), connect);
            } else {
                connecting.channel().close();
                ended(loop, connect);
            }
        });
    }

    private void send(EventLoop loop, Channel channel, Supplier<ChannelFuture> connect) {
        Future<?> timeout = loop.schedule(
                () -> {
                    unsure = true;
                    channel.close();
                },
                PATIENCE_SECONDS,
                TimeUnit.SECONDS);
        channel.closeFuture().addListener(closed -> {
            timeout.cancel(false);
            ended(loop, connect);
        });
        channel.writeAndFlush(Unpooled.buffer(REQUEST_LENGTH)
                .writeInt(REQUEST_LENGTH)
                .writeInt(StartupPacket.CANCEL_REQUEST_CODE)
                .writeInt(target.processId())
                .writeInt(target.secretKey()));
    }

    private void ended(EventLoop loop, Supplier<ChannelFuture> connect) {
        underWay = false;
        BooleanSupplier wanted = next;
        next = null;
        if (wanted != null && wanted.getAsBoolean()) {
            request(loop, wanted, connect);
        } else if (afterwards != null) {
            Runnable task = afterwards;
            afterwards = null;
            task.run();
        }
    }

    /** Runs the task once no request is under way; a task that was given before is dropped. */
    void whenSettled(Runnable task) {
        if (underWay) {
            afterwards = task;
        } else {
            task.run();
        }
    }

    /** Whether a signal may still come, so that the connection is good for nobody else. */
    boolean unsure() {
        return unsure;
    }
}
