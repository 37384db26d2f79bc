// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.statement;

import dev.cutover.proxy.route.DescribedStatement;
import dev.cutover.proxy.session.shared.ClientMemory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The statements that a client has prepared. They are virtual: they live here, and on whatever backend needs them.
 *
 * <p>A statement that has gone counts until the server has answered: messages that are outstanding still refer to it.
 */
public final class ClientStatements {
    private final Map<String, ClientStatement> named = new HashMap<>();
    private final Set<String> closing = new HashSet<>();
    private final ClientMemory.Account memory;
    private @Nullable ClientStatement unnamed;
    /** Bytes of statements that have gone since the server's last answer. */
    private long gone;

    private int opaque;
    private int shows;

    public ClientStatements(ClientMemory.Account memory) {
        this.memory = memory;
    }

    /** What they may take. */
    public ClientMemory.Account memory() {
        return memory;
    }

    public @Nullable ClientStatement get(String name) {
        return name.isEmpty() ? unnamed : named.get(name);
    }

    public void put(ClientStatement statement) {
        memory.use(statement.footprint());
        opaque += statement.opaque() ? 1 : 0;
        shows += statement.shown() == null ? 0 : 1;
        if (statement.named()) {
            dropped(named.put(statement.name(), statement));
        } else {
            dropped(unnamed);
            unnamed = statement;
        }
    }

    /** Whether one of them was too long to be read: it lives on one backend only. */
    public boolean holdUnread() {
        return opaque > 0;
    }

    /** Whether one of them asks for a parameter of the proxy's own. */
    public boolean holdShow() {
        return shows > 0;
    }

    private void dropped(@Nullable ClientStatement statement) {
        if (statement != null) {
            opaque -= statement.opaque() ? 1 : 0;
            shows -= statement.shown() == null ? 0 : 1;
            gone += statement.footprint();
        }
    }

    /** Close, or a simple Query, which destroys the unnamed statement. */
    public void remove(String name) {
        if (name.isEmpty()) {
            dropped(unnamed);
            unnamed = null;
        } else {
            dropped(named.remove(name));
        }
    }

    /** Close, of which it is not known yet whether it is run. */
    public void close(String name) {
        // A name that nobody has used needs no memory: a client could send any number of them.
        if (get(name) != null) {
            closing.add(name);
        }
        remove(name);
    }

    /** Whether a Close of the name is outstanding. */
    public boolean closing(String name) {
        return closing.contains(name);
    }

    /** The server has come to ReadyForQuery. @param settled whether nothing is outstanding */
    public void ready(boolean settled) {
        if (gone > 0) {
            memory.free(gone);
            gone = 0;
        }
        if (settled) {
            closing.clear();
        }
    }

    /** A Parse was answered by an error. The unnamed statement it was to replace is gone all the same. */
    public void failed(ClientStatement statement) {
        statement.failed();
        if (get(statement.name()) == statement) {
            remove(statement.name());
        }
    }

    /** A Parse was never run. */
    public void skipped(ClientStatement statement) {
        ClientStatement survivor = statement.skipped();
        if (get(statement.name()) == statement) {
            remove(statement.name());
            if (!statement.named() && survivor != null) {
                put(survivor);
            }
        }
    }

    /** A Close was never run. */
    public void putBack(ClientStatement statement) {
        if (get(statement.name()) == null && !statement.neverWas()) {
            put(statement);
        }
    }

    /** The named ones of whose rows the client was sent the columns, and will not ask again when it executes them. */
    public List<DescribedStatement> described() {
        return named.values().stream()
                .filter(ClientStatement::mustKeepItsShape)
                .map(ClientStatement::view)
                .toList();
    }

    /** DISCARD ALL, DEALLOCATE ALL. */
    public void clear() {
        named.values().forEach(this::dropped);
        named.clear();
    }
}
