package dev.cutover.proxy.session;

import dev.cutover.proxy.auth.ClientAuthenticator;
import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.wire.ServerTls;
import org.jspecify.annotations.Nullable;

/**
 * What all sessions share.
 *
 * @param tls towards clients; null if they are served without
 */
public record SessionServices(
        RouteTable routes,
        ClientAuthenticator authenticator,
        BackendPools pools,
        CancelKeys cancelKeys,
        KnownParameters knownParameters,
        ProxyMeters meters,
        @Nullable ServerTls tls,
        Admission admission) {}
