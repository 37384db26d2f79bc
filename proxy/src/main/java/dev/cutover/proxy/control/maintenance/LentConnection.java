// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A pool's connection that tells when it is closed. */
final class LentConnection {
    private LentConnection() {}

    /** @param closed runs once, after the connection is back in its pool */
    static Connection of(Connection connection, Runnable closed) {
        AtomicBoolean open = new AtomicBoolean(true);
        return (Connection) Proxy.newProxyInstance(
                LentConnection.class.getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) -> {
                    if (!method.getName().equals("close")) {
                        return invoke(connection, method, arguments);
                    }
                    try {
                        return invoke(connection, method, arguments);
                    } finally {
                        if (open.compareAndSet(true, false)) {
                            closed.run();
                        }
                    }
                });
    }

    private static @Nullable Object invoke(
            Connection connection, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(connection, arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            throw cause == null ? e : cause;
        }
    }
}
