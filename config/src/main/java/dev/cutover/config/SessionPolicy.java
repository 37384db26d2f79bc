// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a tenant's sessions may take.
 *
 * @param poolSize the most connections to one cluster that they hold at a time, over all event loops; 0, the default:
 *     only the cluster's own limit
 * @param poolMode default transaction
 * @param users the only roles that may log in; null, the default: all
 * @param replication default refuse
 * @param pinned default wait
 * @param sharesRolesWith the tenants whose clients may reach this one's rows by a role that both let in; default none. A reload
 *     applies it
 * @param changedResults default error
 */
public record SessionPolicy(
        int poolSize,
        PoolMode poolMode,
        @Nullable List<String> users,
        Replication replication,
        PinnedPolicy pinned,
        List<String> sharesRolesWith,
        ChangedResults changedResults) {
    public static final SessionPolicy DEFAULT = new SessionPolicy(0, PoolMode.TRANSACTION, null, Replication.REFUSE);

    public SessionPolicy {
        sharesRolesWith = List.copyOf(sharesRolesWith);
    }

    /** Trusts no other tenant. */
    public SessionPolicy(
            int poolSize,
            PoolMode poolMode,
            @Nullable List<String> users,
            Replication replication,
            PinnedPolicy pinned) {
        this(poolSize, poolMode, users, replication, pinned, List.of(), ChangedResults.ERROR);
    }

    /** With the default for pinned sessions. */
    public SessionPolicy(int poolSize, PoolMode poolMode, @Nullable List<String> users, Replication replication) {
        this(poolSize, poolMode, users, replication, PinnedPolicy.WAIT);
    }
}
