package dev.cutover.proxy.session;

import dev.cutover.proxy.route.DescribedStatement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statements that a client has prepared. They are virtual: they live here, and on whatever backend needs them. */
final class PreparedStatements {
    private final Map<String, PreparedStatement> named = new HashMap<>();
    private @Nullable PreparedStatement unnamed;

    @Nullable PreparedStatement get(String name) {
        return name.isEmpty() ? unnamed : named.get(name);
    }

    void put(PreparedStatement statement) {
        if (statement.named()) {
            named.put(statement.name(), statement);
        } else {
            unnamed = statement;
        }
    }

    /** Close, or a simple Query, which destroys the unnamed statement. */
    void remove(String name) {
        if (name.isEmpty()) {
            unnamed = null;
        } else {
            named.remove(name);
        }
    }

    /** Whether a backend has one of them under the client's own name. */
    boolean anyOpaque() {
        return named.values().stream().anyMatch(PreparedStatement::opaque);
    }

    /** @return all that have a name, which are gone now */
    List<PreparedStatement> removeNamed() {
        List<PreparedStatement> removed = List.copyOf(named.values());
        named.clear();
        return removed;
    }

    /** A Parse was answered by an error. The unnamed statement it was to replace is gone all the same. */
    void failed(PreparedStatement statement) {
        statement.settled();
        if (get(statement.name()) == statement) {
            remove(statement.name());
        }
    }

    /** A Parse was never run. */
    void skipped(PreparedStatement statement) {
        PreparedStatement survivor = statement.skipped();
        if (get(statement.name()) == statement) {
            remove(statement.name());
            if (!statement.named()) {
                unnamed = survivor;
            }
        }
    }

    /** A Close or a DEALLOCATE was never run. */
    void putBack(PreparedStatement statement) {
        if (get(statement.name()) == null) {
            put(statement);
        }
    }

    /** The named ones of whose rows the client was told the columns, and will not ask again when it executes them. */
    List<DescribedStatement> described() {
        return named.values().stream()
                .filter(PreparedStatement::mustKeepItsShape)
                .map(PreparedStatement::view)
                .toList();
    }

    /** DISCARD ALL, DEALLOCATE ALL. */
    void clear() {
        named.clear();
    }
}
