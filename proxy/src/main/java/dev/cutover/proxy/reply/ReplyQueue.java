package dev.cutover.proxy.reply;

import dev.cutover.proxy.reply.Expected.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The replies that are expected from one backend, in the order of the messages sent.
 *
 * <p>After an error in the extended protocol the server discards everything up to the next Sync (chapter 55.2.3). So
 * does this queue: with what was sent already, and, while {@link #skipping}, with what would be sent.
 */
public final class ReplyQueue {
    private Expected[] ring = fresh(16);
    private int head;
    private int size;
    /** How many ReadyForQuery for messages of the client are outstanding. */
    private int cycles;

    private int binds;

    private boolean skipping;

    public boolean isEmpty() {
        return size == 0;
    }

    /** Whether the server discards what comes before the next Sync. */
    public boolean skipping() {
        return skipping;
    }

    /** The reply to a message that is about to be sent. The next call takes it back, unless it has been added. */
    public Expected next(Kind kind, @Nullable Object subject) {
        if (size == ring.length) {
            grow();
        }
        return ring[(head + size) & (ring.length - 1)].reset(kind, subject);
    }

    /** Adds what {@link #next} has returned last: its message is being sent. */
    public void add(Expected next) {
        Kind kind = next.kind;
        if (kind == Kind.SYNC) {
            skipping = false;
        }
        size++;
        if (ofClientsCycle(kind)) {
            cycles++;
        }
        if (kind == Kind.BIND) {
            binds++;
        }
    }

    /** The message whose reply comes next. */
    public @Nullable Expected peek() {
        return size == 0 ? null : ring[head];
    }

    private static boolean ofClientsCycle(Kind kind) {
        return kind.cycle() && !kind.ours();
    }

    void remove() {
        if (ofClientsCycle(ring[head].kind)) {
            cycles--;
        }
        if (ring[head].kind == Kind.BIND) {
            binds--;
        }
        ring[head].reset(Kind.SYNC, null);
        head = (head + 1) & (ring.length - 1);
        size--;
    }

    /** Whether the outcome of an earlier cycle is still unknown, so that it may yet undo what its messages said. */
    public boolean earlierCycleOutstanding() {
        return cycles > 0;
    }

    /** How many of the client's Binds are neither answered nor discarded. */
    public int outstandingBinds() {
        return binds;
    }

    /** Whether nothing was sent behind the first message but the Sync that ends its cycle, if it needs one. */
    public boolean endsWithFirst() {
        if (size == 0 || ring[head].kind.cycle()) {
            return size == 1;
        }
        return size == 2 && ring[(head + 1) & (ring.length - 1)].kind == Kind.SYNC;
    }

    /** Drops what the server will discard. The Sync stays, if it has been sent. */
    void skipToSync(ReplyListener listener) {
        int skipped = 0;
        while (skipped < size && ring[(head + skipped) & (ring.length - 1)].kind != Kind.SYNC) {
            skipped++;
        }
        // The last one first: what each of them has changed is taken back.
        for (int i = skipped - 1; i >= 0; i--) {
            listener.skipped(ring[(head + i) & (ring.length - 1)]);
        }
        for (int i = 0; i < skipped; i++) {
            remove();
        }
        skipping = size == 0;
    }

    /**
     * COPY from the client begins. The server ignores each Sync it reads before the data has ended, so no ReadyForQuery
     * answers those that were sent already.
     *
     * @return whether the end of the data has been sent already
     */
    boolean dropSyncsBeforeCopyEnd() {
        int kept = 1;
        boolean ended = false;
        for (int i = 1; i < size; i++) {
            Expected each = ring[(head + i) & (ring.length - 1)];
            ended |= each.kind == Kind.COPY_END;
            if (ended || each.kind != Kind.SYNC) {
                int slot = (head + kept) & (ring.length - 1);
                ring[(head + i) & (ring.length - 1)] = ring[slot];
                ring[slot] = each;
                kept++;
            }
        }
        cycles -= size - kept;
        size = kept;
        return ended;
    }

    /** Forgets everything: the backend is gone. */
    public void clear() {
        while (size > 0) {
            remove();
        }
        skipping = false;
    }

    private void grow() {
        Expected[] larger = fresh(ring.length * 2);
        for (int i = 0; i < size; i++) {
            larger[i] = ring[(head + i) & (ring.length - 1)];
        }
        ring = larger;
        head = 0;
    }

    private static Expected[] fresh(int length) {
        Expected[] slots = new Expected[length];
        for (int i = 0; i < length; i++) {
            slots[i] = new Expected();
        }
        return slots;
    }
}
