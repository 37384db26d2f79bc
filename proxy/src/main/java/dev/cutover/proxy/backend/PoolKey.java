// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

/**
 * What a backend connection is good for.
 *
 * @param tenant whose own it is; empty if any tenant may use it that comes as this user to this database
 */
public record PoolKey(String cluster, String database, String user, String tenant) {
    /** Shared by tenants. */
    public PoolKey(String cluster, String database, String user) {
        this(cluster, database, user, "");
    }
}
