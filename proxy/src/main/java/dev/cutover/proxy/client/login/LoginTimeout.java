// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.client.login;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes a connection whose client does not log in in time. */
public final class LoginTimeout {
    private static final Logger LOG = LoggerFactory.getLogger(LoginTimeout.class);

    private final Channel channel;
    private final BooleanSupplier loggedIn;
    private @Nullable ScheduledFuture<?> timer;

    public LoginTimeout(Channel channel, BooleanSupplier loggedIn) {
        this.channel = channel;
        this.loggedIn = loggedIn;
    }

    public void begin(Duration patience) {
        if (!patience.isZero()) {
            timer = channel.eventLoop().schedule(this::passed, patience.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    public void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void passed() {
        if (!loggedIn.getAsBoolean()) {
            LOG.debug("client did not log in in time: client={}", channel.remoteAddress());
            channel.close();
        }
    }
}
