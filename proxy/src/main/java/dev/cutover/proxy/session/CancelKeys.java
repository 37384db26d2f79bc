package dev.cutover.proxy.session;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys by which clients cancel their queries. They are the proxy's own: the backend's would name whatever runs on
 * that backend by the time the request arrives.
 */
public final class CancelKeys {
    /** Of protocol 3.0, and of 3.2 as the server makes them. */
    static final int SHORT_KEY = 4;

    static final int LONG_KEY = 32;

    private final SecureRandom random;
    private final Map<Integer, Entry> sessions = new ConcurrentHashMap<>();

    public CancelKeys(SecureRandom random) {
        this.random = random;
    }

    private record Entry(byte[] secretKey, Runnable cancel) {}

    /** A session's process id and secret key, as its client knows them. */
    record Key(int processId, byte[] secretKey) {}

    /** @param keyLength of the secret key, in bytes */
    Key register(int keyLength, Runnable cancel) {
        byte[] secretKey = new byte[keyLength];
        random.nextBytes(secretKey);
        while (true) {
            int processId = 1 + random.nextInt(Integer.MAX_VALUE - 1);
            if (sessions.putIfAbsent(processId, new Entry(secretKey, cancel)) == null) {
                return new Key(processId, secretKey);
            }
        }
    }

    void unregister(Key key) {
        sessions.remove(key.processId());
    }

    /** Cancels what the session runs, if the key is right. Says nothing in either case, as the protocol wants it. */
    void cancel(int processId, byte[] secretKey) {
        Entry entry = sessions.get(processId);
        // Takes the same time wherever the two differ.
        if (entry != null && MessageDigest.isEqual(entry.secretKey, secretKey)) {
            entry.cancel.run();
        }
    }
}
