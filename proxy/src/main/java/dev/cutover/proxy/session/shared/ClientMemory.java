// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import dev.cutover.config.MemoryLimits;
import dev.cutover.proxy.wire.ErrorFields;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How much of the proxy's memory clients use for one of the things that they may let grow.
 *
 * <p>A session counts for itself and reserves in steps, so that small statements touch no counter that threads share.
 */
public final class ClientMemory {
    private final String what;
    private final String remedy;
    private final Supplier<MemoryLimits> limits;
    private final AtomicLong all = new AtomicLong();
    private final Map<String, AtomicLong> tenants = new ConcurrentHashMap<>();

    /**
     * @param what is kept
     * @param remedy what a client can do if it is too much
     * @param limits those that hold at this moment
     */
    public ClientMemory(String what, String remedy, Supplier<MemoryLimits> limits) {
        this.what = what;
        this.remedy = remedy;
        this.limits = limits;
    }

    /** The account of a new session. */
    public Account open(String tenant) {
        return new Account(tenant, tenants.computeIfAbsent(tenant, first -> new AtomicLong()));
    }

    /** What all sessions have reserved. */
    long reserved() {
        return all.get();
    }

    private static boolean add(AtomicLong counter, long bytes, long limit) {
        if (limit == 0) {
            counter.addAndGet(bytes);
            return true;
        }
        long now = counter.get();
        while (now + bytes <= limit) {
            if (counter.compareAndSet(now, now + bytes)) {
                return true;
            }
            now = counter.get();
        }
        return false;
    }

    /** What one session uses. Belongs to its event loop. */
    public final class Account {
        /** What each session may use uncounted, and the step in which it reserves more. */
        static final long STEP = 4096;

        private final String tenant;
        private final AtomicLong ofTenant;
        private long used;
        private long reserved = STEP;
        private boolean closed;

        private Account(String tenant, AtomicLong ofTenant) {
            this.tenant = tenant;
            this.ofTenant = ofTenant;
        }

        /** Makes room for more bytes. @return why there is none; null if there is room */
        public @Nullable ErrorFields room(long bytes) {
            long wanted = used + bytes;
            if (wanted <= reserved || closed) {
                return null;
            }
            MemoryLimits now = limits.get();
            if (now.perSession() > 0 && wanted > now.perSession()) {
                return full(
                        "54000",
                        "the session would keep more than " + now.perSession() + " bytes",
                        "memory-per-session");
            }
            long more = roundUp(wanted) - reserved;
            if (!add(ofTenant, more, now.perTenant())) {
                return full(
                        "53200",
                        "the sessions of tenant \"" + tenant + "\" would keep more than " + now.perTenant() + " bytes",
                        "memory-per-tenant");
            }
            if (!add(all, more, now.inAll())) {
                ofTenant.addAndGet(-more);
                return full("53200", "the proxy's clients would keep more than " + now.inAll() + " bytes", "memory");
            }
            reserved += more;
            return null;
        }

        private ErrorFields full(String state, String who, String limit) {
            return ErrorFields.error(state, who + " of " + what, remedy + ", or raise limits." + limit + ".");
        }

        /** These bytes are used from now on, for which there is {@link #room}. */
        public void use(long bytes) {
            used += bytes;
        }

        public void free(long bytes) {
            used -= bytes;
            if (reserved - used > 2 * STEP) {
                release(Math.max(STEP, roundUp(used)));
            }
        }

        /** The session has ended. */
        public void close() {
            closed = true;
            release(STEP);
        }

        private void release(long keep) {
            long less = reserved - keep;
            if (less > 0) {
                reserved = keep;
                ofTenant.addAndGet(-less);
                all.addAndGet(-less);
            }
        }

        private long roundUp(long bytes) {
            return (bytes + STEP - 1) / STEP * STEP;
        }
    }
}
