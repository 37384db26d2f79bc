// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import dev.cutover.config.Limits;
import dev.cutover.proxy.wire.ErrorFields;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Counts clients and says whether there is room for another one: in all, from its address, and of its tenant. */
public final class Admission {
    private volatile Limits limits;
    private final AtomicInteger clients = new AtomicInteger();
    private final Map<InetAddress, Integer> addresses = new ConcurrentHashMap<>();
    private final Map<String, Integer> tenants = new ConcurrentHashMap<>();
    private final ClientMemory statements = new ClientMemory(
            "prepared statements", "Close those that are not needed any more", () -> limits().memory());
    private final ClientMemory messages =
            new ClientMemory("unfinished messages", "Send shorter ones", () -> limits().memory());

    public Admission(Limits limits) {
        this.limits = limits;
    }

    /** Other limits hold from now on. Who has been let in stays. */
    public void limits(Limits next) {
        limits = next;
    }

    public Limits limits() {
        return limits;
    }

    /** What clients' prepared statements use of the proxy's memory. */
    public ClientMemory statements() {
        return statements;
    }

    /** What clients' messages use of the proxy's memory until they are complete. */
    public ClientMemory messages() {
        return messages;
    }

    /** A connection has come. It is counted until {@link #left}, whether it may stay or not. */
    public @Nullable ErrorFields arrived(SocketAddress from) {
        int all = clients.incrementAndGet();
        int same = from instanceof InetSocketAddress inet ? addresses.merge(inet.getAddress(), 1, Integer::sum) : 1;
        if (exceeded(all, limits.maxClients())) {
            return tooMany("the proxy has " + limits.maxClients() + " clients already", "Raise limits.max-clients.");
        }
        return exceeded(same, limits.maxClientsPerAddress())
                ? tooMany(
                        "there are " + limits.maxClientsPerAddress() + " clients from this address already",
                        "Raise limits.max-clients-per-address.")
                : null;
    }

    public void left(SocketAddress from) {
        clients.decrementAndGet();
        if (from instanceof InetSocketAddress inet) {
            release(addresses, inet.getAddress());
        }
    }

    /** A session of a tenant begins. Unless it is refused it is counted until {@link #ended}. */
    public @Nullable ErrorFields begun(String tenant) {
        if (!exceeded(tenants.merge(tenant, 1, Integer::sum), limits.maxClientsPerTenant())) {
            return null;
        }
        release(tenants, tenant);
        return tooMany(
                "tenant \"" + tenant + "\" has " + limits.maxClientsPerTenant() + " clients already",
                "Raise limits.max-clients-per-tenant, or share connections within the application.");
    }

    public void ended(String tenant) {
        release(tenants, tenant);
    }

    private static <K> void release(Map<K, Integer> counts, K key) {
        counts.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }

    private static boolean exceeded(int count, int limit) {
        return limit > 0 && count > limit;
    }

    private static ErrorFields tooMany(String message, String hint) {
        return ErrorFields.fatal("53300", "sorry, too many clients: " + message, hint);
    }
}
