package dev.cutover.proxy.backend;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which statements one backend connection has prepared, least recently used first. */
public final class PreparedOnBackend {
    /** How many a connection keeps: each costs the server memory. */
    public static final int LIMIT = 256;

    private final Map<StatementKey, Residence> named = new LinkedHashMap<>(64, 0.75f, true);
    private @Nullable Object unnamed;

    /** A statement's Parse, which may not have been answered yet. */
    private static final class Residence {
        final long cycle;
        boolean confirmed;

        Residence(long cycle) {
            this.cycle = cycle;
        }
    }

    /** What is known of a statement. */
    public enum Presence {
        ABSENT,
        /** It is there, or its Parse precedes in the same cycle, whose failure would skip what follows too. */
        PRESENT,
        /** Its Parse was sent in an earlier cycle and is not answered: it may have been skipped. */
        UNCERTAIN
    }

    /**
     * Whether the statement is there; it then counts as used just now.
     *
     * @param cycle a number that grows with each Sync
     */
    public Presence presence(StatementKey key, long cycle) {
        Residence residence = named.get(key);
        if (residence == null) {
            return Presence.ABSENT;
        }
        return residence.confirmed || residence.cycle == cycle ? Presence.PRESENT : Presence.UNCERTAIN;
    }

    /** @return the statement that must be closed to make room, or null */
    public @Nullable StatementKey add(StatementKey key, long cycle) {
        named.put(key, new Residence(cycle));
        if (named.size() <= LIMIT) {
            return null;
        }
        Iterator<StatementKey> eldest = named.keySet().iterator();
        StatementKey evicted = eldest.next();
        eldest.remove();
        return evicted;
    }

    /** ParseComplete has come. */
    public void confirm(StatementKey key) {
        Residence residence = named.get(key);
        if (residence != null) {
            residence.confirmed = true;
        }
    }

    /** Takes back what {@link #add} said, when the Parse failed or never ran. */
    public void forget(StatementKey key) {
        named.remove(key);
    }

    /** The statement of this name on the server is there no more. */
    public void forget(String serverName) {
        byte[] name = serverName.getBytes(StandardCharsets.US_ASCII);
        named.keySet().removeIf(key -> Arrays.equals(key.serverName(), name));
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
        Residence residence = new Residence(0);
        residence.confirmed = true;
        named.put(key, residence);
    }

    /** DISCARD ALL, DEALLOCATE ALL. */
    public void clear() {
        named.clear();
    }

    public int size() {
        return named.size();
    }
}
