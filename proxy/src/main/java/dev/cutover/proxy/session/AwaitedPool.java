package dev.cutover.proxy.session;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Messages of one type that are answered, to be used for the next ones: so replies cost no allocation. */
final class AwaitedPool<T extends Awaited> {
    /** A client that has had more in flight once need not keep them all. */
    private static final int MOST = 256;

    private final Function<AwaitedPool<T>, T> make;
    private @Nullable Awaited free;
    private int size;

    AwaitedPool(Function<AwaitedPool<T>, T> make) {
        this.make = make;
    }

    @SuppressWarnings("unchecked") // only those that it has made come back to a pool
    T take() {
        Awaited first = free;
        if (first == null) {
            return make.apply(this);
        }
        free = first.nextFree;
        first.nextFree = null;
        size--;
        return (T) first;
    }

    void giveBack(Awaited answered) {
        answered.clear();
        if (size < MOST) {
            answered.nextFree = free;
            free = answered;
            size++;
        }
    }
}
