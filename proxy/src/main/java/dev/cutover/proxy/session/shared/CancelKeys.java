// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The keys by which clients cancel their queries. The secrets are the proxy's own: the backend's would name whatever runs
 * on that backend by the time the request arrives.
 *
 * <p>Two sessions may have the same process id, since two servers may have given it. The secret tells them apart.
 */
public final class CancelKeys {
    /** Of protocol 3.0, and of 3.2 as the server makes them. */
    public static final int SHORT_KEY = 4;

    public static final int LONG_KEY = 32;

    /** Linux numbers no process higher ({@code PID_MAX_LIMIT}), so no server process has a number of the proxy's own. */
    public static final int HIGHEST_SERVER_PID = 1 << 22;

    private final SecureRandom random;
    private final Map<Integer, List<Entry>> sessions = new ConcurrentHashMap<>();
    private volatile Peers peers = (processId, secretKey) -> {};

    public CancelKeys(SecureRandom random) {
        this.random = random;
    }

    private record Entry(Key key, Runnable cancel) {}

    /** A session's process id and secret key, as its client knows them. */
    public record Key(int processId, byte[] secretKey) {}

    /**
     * Registers a session under a process id that no other session and no server process has.
     *
     * @param keyLength of the secret key, in bytes
     */
    public Key register(int keyLength, Runnable cancel) {
        while (true) {
            int processId = random.nextInt(HIGHEST_SERVER_PID + 1, Integer.MAX_VALUE);
            Entry entry = new Entry(new Key(processId, secret(keyLength)), cancel);
            if (sessions.putIfAbsent(processId, List.of(entry)) == null) {
                return entry.key;
            }
        }
    }

    /** Registers a session under the process id of its server process. */
    public Key register(int processId, int keyLength, Runnable cancel) {
        Entry entry = new Entry(new Key(processId, secret(keyLength)), cancel);
        sessions.merge(processId, List.of(entry), (there, one) -> Stream.concat(there.stream(), one.stream())
                .toList());
        return entry.key;
    }

    private byte[] secret(int length) {
        byte[] secretKey = new byte[length];
        random.nextBytes(secretKey);
        return secretKey;
    }

    public void unregister(Key key) {
        sessions.computeIfPresent(key.processId(), (processId, there) -> {
            List<Entry> left = there.stream().filter(entry -> entry.key != key).toList();
            return left.isEmpty() ? null : left;
        });
    }

    /** The other proxies of the fleet. */
    public interface Peers {
        /** Asks each of them to cancel what a session with this key runs there. Returns at once. */
        void cancel(int processId, byte[] secretKey);
    }

    /** Requests that fit no session here go there from now on. */
    public void peers(Peers next) {
        peers = next;
    }

    /** Cancels what the session runs, if the key is right. Says nothing in either case, as the protocol wants it. */
    public void cancel(int processId, byte[] secretKey) {
        if (!cancelHere(processId, secretKey)) {
            peers.cancel(processId, secretKey);
        }
    }

    /** The same, for a session of this proxy only. @return whether there is one with this key */
    public boolean cancelHere(int processId, byte[] secretKey) {
        boolean found = false;
        for (Entry entry : sessions.getOrDefault(processId, List.of())) {
            // Takes the same time wherever the two differ.
            if (MessageDigest.isEqual(entry.key.secretKey, secretKey)) {
                entry.cancel.run();
                found = true;
            }
        }
        return found;
    }
}
