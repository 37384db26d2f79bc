// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The connections of a pool that nobody has borrowed. The one that was given back last is borrowed first. */
final class IdleConnections {
    private final Deque<BackendConnection> connections = new ArrayDeque<>();
    private final IntConsumer changed;

    /** @param changed told of each change of their number */
    IdleConnections(IntConsumer changed) {
        this.changed = changed;
    }

    int size() {
        return connections.size();
    }

    /** From the one that was given back first. */
    List<BackendConnection> all() {
        return List.copyOf(connections);
    }

    @Nullable BackendConnection newest() {
        return connections.peekLast();
    }

    @Nullable BackendConnection eldest() {
        return connections.peekFirst();
    }

    void add(BackendConnection connection) {
        connections.addLast(connection);
        changed.accept(1);
    }

    void remove(BackendConnection connection) {
        // The newest is borrowed at each transaction.
        if (connections.peekLast() == connection) {
            connections.removeLast();
            changed.accept(-1);
        } else if (connections.remove(connection)) {
            changed.accept(-1);
        }
    }

    /** Takes out the newest that is still open; null if there is none. */
    @Nullable BackendConnection take() {
        BackendConnection connection;
        while ((connection = connections.peekLast()) != null) {
            remove(connection);
            if (connection.active()) {
                return connection;
            }
        }
        return null;
    }
}
