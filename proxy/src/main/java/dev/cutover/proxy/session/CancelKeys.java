package dev.cutover.proxy.session;

import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys by which clients cancel their queries. They are the proxy's own: the backend's would name whatever runs on
 * that backend by the time the request arrives.
 */
public final class CancelKeys {
    private final SecureRandom random;
    private final Map<Integer, Entry> sessions = new ConcurrentHashMap<>();

    public CancelKeys(SecureRandom random) {
        this.random = random;
    }

    private record Entry(int secretKey, Runnable cancel) {}

    /** A session's process id and secret key, as its client knows them. */
    record Key(int processId, int secretKey) {}

    Key register(Runnable cancel) {
        while (true) {
            int processId = 1 + random.nextInt(Integer.MAX_VALUE - 1);
            int secretKey = random.nextInt();
            if (sessions.putIfAbsent(processId, new Entry(secretKey, cancel)) == null) {
                return new Key(processId, secretKey);
            }
        }
    }

    void unregister(Key key) {
        sessions.remove(key.processId());
    }

    /** Cancels what the session runs, if the key is right. Says nothing in either case, as the protocol wants it. */
    void cancel(int processId, int secretKey) {
        Entry entry = sessions.get(processId);
        // An exclusive or takes the same time wherever the two differ.
        if (entry != null && (entry.secretKey ^ secretKey) == 0) {
            entry.cancel.run();
        }
    }
}
