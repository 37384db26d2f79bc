// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.ControlConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Receives what the control database announces ({@code LISTEN}). For one thread. */
public final class Announcements implements AutoCloseable {
    private final ControlConfig config;
    private final List<String> channels;
    private @Nullable Connection connection;

    Announcements(ControlConfig config, List<String> channels) {
        this.config = config;
        this.channels = channels;
    }

    /**
     * Waits for announcements. Those that came while there was no connection are lost.
     *
     * @param receiver gets the channel and what was announced
     */
    public void await(long millis, BiConsumer<String, String> receiver) throws SQLException {
        try {
            PGNotification[] received =
                    connection().unwrap(PGConnection.class).getNotifications((int) Math.max(1, millis));
            if (received != null) {
                for (PGNotification each : received) {
                    receiver.accept(each.getName(), each.getParameter());
                }
            }
        } catch (SQLException e) {
            close();
            throw e;
        }
    }

    private Connection connection() throws SQLException {
        Connection current = connection;
        if (current == null) {
            current = ControlSession.open(config);
            connection = current;
            try (Statement statement = current.createStatement()) {
                for (String channel : channels) {
                    statement.execute("LISTEN " + channel);
                }
            }
        }
        return current;
    }

    @Override
    public void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            ControlSession.closeQuietly(current);
        }
    }
}
