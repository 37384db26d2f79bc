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
 */
public record SessionPolicy(
        int poolSize, PoolMode poolMode, @Nullable List<String> users, Replication replication, PinnedPolicy pinned) {
    public static final SessionPolicy DEFAULT = new SessionPolicy(0, PoolMode.TRANSACTION, null, Replication.REFUSE);

    /** With the default for pinned sessions. */
    public SessionPolicy(int poolSize, PoolMode poolMode, @Nullable List<String> users, Replication replication) {
        this(poolSize, poolMode, users, replication, PinnedPolicy.WAIT);
    }
}
