// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.session.SessionState.Running;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The messages that one backend has not answered yet, in the order in which they were sent.
 *
 * <p>After an error in the extended protocol the server discards everything up to the next Sync (chapter 55.2.3). So
 * does this queue: with what was sent already, and, while {@link #skipping}, with what would be sent.
 */
final class ReplyQueue {
    private @Nullable Awaited[] ring = new Awaited[16];
    private int head;
    private int size;
    /** How many ReadyForQuery for messages of the client are outstanding. */
    private int cycles;

    private int binds;

    private boolean skipping;
    /** Syncs were dropped since the server takes COPY data, and the COPY has not ended. */
    private boolean syncsDropped;

    boolean isEmpty() {
        return size == 0;
    }

    /** Whether the server discards what comes before the next Sync. */
    boolean skipping() {
        return skipping;
    }

    void add(Awaited sent) {
        if (size == ring.length) {
            grow();
        }
        if (sent instanceof AwaitedCycle.Sync) {
            skipping = false;
        }
        ring[(head + size) & (ring.length - 1)] = sent;
        size++;
        if (sent.endsClientsCycle()) {
            cycles++;
        }
        if (sent instanceof AwaitedPart.Bind) {
            binds++;
        }
    }

    /** The message whose reply comes next. */
    @Nullable Awaited peek() {
        return size == 0 ? null : ring[head];
    }

    private Awaited get(int index) {
        return Objects.requireNonNull(ring[(head + index) & (ring.length - 1)]);
    }

    /** Takes out the first message. */
    Awaited remove() {
        Awaited first = get(0);
        if (first.endsClientsCycle()) {
            cycles--;
        }
        if (first instanceof AwaitedPart.Bind) {
            binds--;
        }
        syncsDropped = false;
        ring[head] = null;
        head = (head + 1) & (ring.length - 1);
        size--;
        return first;
    }

    /** Whether the outcome of an earlier cycle is still unknown, so that it may yet undo what its messages said. */
    boolean earlierCycleOutstanding() {
        return cycles > 0;
    }

    /** How many of the client's Binds are neither answered nor discarded. */
    int outstandingBinds() {
        return binds;
    }

    /** Whether nothing was sent behind the first message but the Sync that ends its cycle, if it needs one. */
    boolean endsWithFirst() {
        if (size == 0 || get(0).endsCycle()) {
            return size == 1;
        }
        return size == 2 && get(1) instanceof AwaitedCycle.Sync;
    }

    /** Drops what the server will discard. The Sync stays, if it has been sent. */
    void skipToSync(Running from) {
        int skipped = 0;
        while (skipped < size && !(get(skipped) instanceof AwaitedCycle.Sync)) {
            skipped++;
        }
        // The last one first: what each of them has changed is taken back.
        for (int i = skipped - 1; i >= 0; i--) {
            get(i).onSkipped(from);
        }
        for (int i = 0; i < skipped; i++) {
            remove().recycle();
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
        int kept = Math.min(1, size);
        boolean ended = false;
        for (int i = 1; i < size; i++) {
            Awaited each = get(i);
            ended |= each instanceof AwaitedPart.CopyEnd;
            if (ended || !(each instanceof AwaitedCycle.Sync)) {
                ring[(head + kept) & (ring.length - 1)] = each;
                kept++;
            } else {
                each.recycle();
            }
        }
        for (int i = kept; i < size; i++) {
            ring[(head + i) & (ring.length - 1)] = null;
        }
        syncsDropped |= kept < size;
        cycles -= size - kept;
        size = kept;
        return ended;
    }

    /**
     * Whether an error of the first message leaves it open how many ReadyForQuery follow. A COPY may fail before the server reads the Sync
     * behind it; then the server answers a Sync that was dropped here.
     */
    boolean syncsDropped() {
        return syncsDropped;
    }

    /** ReadyForQuery has come though none was expected: the server skips no more. */
    void synced() {
        skipping = false;
    }

    /** Forgets everything: the backend is gone. */
    void clear() {
        while (size > 0) {
            remove().recycle();
        }
        skipping = false;
    }

    private void grow() {
        @Nullable Awaited[] larger = new Awaited[ring.length * 2];
        for (int i = 0; i < size; i++) {
            larger[i] = ring[(head + i) & (ring.length - 1)];
        }
        ring = larger;
        head = 0;
    }
}
