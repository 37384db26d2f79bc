// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.RowShape;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which statements one backend connection has prepared, least recently used first. */
public final class PreparedOnBackend {
    /** How many a connection keeps: each costs the server memory. */
    public static final int LIMIT = 256;

    private final Map<StatementKey, Residence> named = new LinkedHashMap<>(64, 0.75f, true);
    /** Of these the server may still have what was prepared first, under the name that the next Parse is to take. */
    private final Set<StatementKey> superseded = new HashSet<>();

    private @Nullable UnnamedStatement unnamed;

    /** A statement's Parse, which may not have been answered yet. */
    private static final class Residence {
        private final long since = System.nanoTime();
        private final long cycle;
        private boolean confirmed;

        private @Nullable RowShape shape;

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

    /** Whether the statement is there, but was prepared before a time by {@link System#nanoTime}. */
    public boolean isOlder(StatementKey key, long time) {
        Residence residence = named.get(key);
        return residence != null && residence.since - time <= 0;
    }

    /**
     * The statement is to be prepared.
     *
     * @return whether the server has it already, or may have: then it must be closed first
     */
    public boolean supersede(StatementKey key) {
        if (named.remove(key) != null) {
            superseded.add(key);
        }
        return superseded.contains(key);
    }

    /** CloseComplete has come for what {@link #supersede} told to close. */
    public void closed(StatementKey key) {
        superseded.remove(key);
    }

    /** The statement's result by its last Describe; null if nobody has asked. It lasts as long as the statement is there. */
    public @Nullable RowShape shape(StatementKey key) {
        Residence residence = named.get(key);
        return residence == null ? null : residence.shape;
    }

    public void shape(StatementKey key, RowShape shape) {
        Residence residence = named.get(key);
        if (residence != null) {
            residence.shape = shape;
        }
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

    /** @param key null for the unnamed statement; takes back what {@link #add} said, when the Parse failed or never ran. */
    public void forget(@Nullable StatementKey key) {
        if (key == null) {
            unnamed(null);
        } else {
            named.remove(key);
        }
    }

    /** The statement of this name on the server is there no more. */
    public void forget(String serverName) {
        byte[] name = serverName.getBytes(StandardCharsets.US_ASCII);
        named.keySet().removeIf(key -> Arrays.equals(key.serverName(), name));
    }

    /** The statement that a Bind of the empty name would take, by identity; null if that is unknown. */
    public @Nullable UnnamedStatement unnamed() {
        return unnamed;
    }

    public void unnamed(@Nullable UnnamedStatement statement) {
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
        superseded.clear();
    }

    public int size() {
        return named.size();
    }
}
