// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.SideConfig;
import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.route.TenantSession;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Opens the connections that clients will need after a flip to another database, before the gate closes: those who are held
 * do not wait for logins, and a role that cannot log in there is found while nothing has happened yet.
 */
public final class ConnectionWarmer {
    private static final long SECONDS = 10;

    private volatile @Nullable BackendPools pools;

    /** The pools that sessions borrow from; known only once the proxy listens. */
    public void of(BackendPools sessions) {
        pools = sessions;
    }

    /** @throws RefusedException if a role whose sessions are connected now gets no connection there */
    void warm(TenantRouting routing, SideConfig side) throws RefusedException, InterruptedException {
        BackendPools known = pools;
        if (known == null) {
            return;
        }
        Set<String> users = routing.sessions().stream()
                .map(TenantSession::view)
                .map(session -> session.user())
                .collect(Collectors.toSet());
        String owner = routing.policy().poolSize() > 0 ? routing.tenant() : "";
        for (String user : users) {
            try {
                known.warm(new PoolKey(side.cluster(), side.database(), user, owner))
                        .get(SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                throw new RefusedException("role " + user + " gets no connection to database " + side.database()
                        + " of cluster " + side.cluster() + ": " + cause.getMessage());
            }
        }
    }
}
