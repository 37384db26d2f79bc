// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import dev.cutover.proxy.auth.ClientAuthenticator;
import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.wire.ListenerTls;

/** What all sessions share. */
public record SessionServices(
        RouteTable routes,
        ClientAuthenticator authenticator,
        BackendPools pools,
        CancelKeys cancelKeys,
        ReportedParametersCache knownParameters,
        ProxyMeters meters,
        ListenerTls tls,
        Admission admission,
        AdminDatabase admin) {}
