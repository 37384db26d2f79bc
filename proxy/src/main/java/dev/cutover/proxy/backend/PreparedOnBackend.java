package dev.cutover.proxy.backend;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which statements one backend connection has prepared, least recently used first. */
public final class PreparedOnBackend {
    /** How many a connection keeps: each costs the server memory. */
    public static final int LIMIT = 256;

    private final Map<StatementKey, StatementKey> named = new LinkedHashMap<>(64, 0.75f, true);
    private @Nullable Object unnamed;

    /** Whether the statement is there; it then counts as used just now. */
    public boolean has(StatementKey key) {
        return named.get(key) != null;
    }

    /** @return the statement that must be closed to make room, or null */
    public @Nullable StatementKey add(StatementKey key) {
        named.put(key, key);
        if (named.size() <= LIMIT) {
            return null;
        }
        Iterator<StatementKey> eldest = named.keySet().iterator();
        StatementKey evicted = eldest.next();
        eldest.remove();
        return evicted;
    }

    /** Takes back what {@link #add} said, when the Parse failed or never ran. */
    public void forget(StatementKey key) {
        named.remove(key);
    }

    /** What a Bind of the empty name would take, by identity; null if that is unknown. */
    public @Nullable Object unnamed() {
        return unnamed;
    }

    public void unnamed(@Nullable Object statement) {
        unnamed = statement;
    }

    /** Takes back an eviction whose Close never ran. */
    public void restore(StatementKey key) {
        named.put(key, key);
    }

    /** DISCARD ALL, DEALLOCATE ALL. */
    public void clear() {
        named.clear();
    }

    public int size() {
        return named.size();
    }
}
