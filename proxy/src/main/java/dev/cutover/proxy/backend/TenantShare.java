// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import java.util.function.IntSupplier;

/**
 * How many of a cluster's connections are a tenant's own, and how many may be. Only a tenant with a limit has one.
 * Guarded by its {@link ClusterLimit}'s lock.
 */
final class TenantShare {
    private final String tenant;
    private final IntSupplier size;
    private int open;

    /** @param size the tenant's limit at this moment; 0 for none */
    TenantShare(String tenant, IntSupplier size) {
        this.tenant = tenant;
        this.size = size;
    }

    String tenant() {
        return tenant;
    }

    int size() {
        return size.getAsInt();
    }

    boolean hasRoom() {
        int most = size.getAsInt();
        return most == 0 || open < most;
    }

    boolean overfull() {
        int most = size.getAsInt();
        return most > 0 && open > most;
    }

    void taken() {
        open++;
    }

    void released() {
        open--;
    }
}
