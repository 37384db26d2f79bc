// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.proxy.wire.TlsProvider;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** TLS towards the servers of one cluster, as libpq does it: see {@link ClusterTls.Mode}. */
record BackendTls(ClusterTls.Mode mode, SslContext context) {
    /** @return null if the cluster is to be reached without */
    static @Nullable BackendTls of(ClusterConfig cluster) {
        ClusterTls tls = cluster.tls();
        if (tls.mode() == ClusterTls.Mode.DISABLE) {
            return null;
        }
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(TlsProvider.choose())
                .protocols("TLSv1.3", "TLSv1.2")
                // Netty's own default is to compare the host's name, which only verify-full asks for.
                .endpointIdentificationAlgorithm(tls.mode() == ClusterTls.Mode.VERIFY_FULL ? "HTTPS" : null);
        Path ca = tls.ca();
        if (ca == null) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        } else {
            builder.trustManager(ca.toFile());
        }
        if (tls.certificate() != null && tls.key() != null) {
            builder.keyManager(tls.certificate().toFile(), tls.key().toFile());
        }
        try {
            return new BackendTls(tls.mode(), builder.build());
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException("clusters." + cluster.name() + ".tls: " + e.getMessage(), e);
        }
    }

    boolean required() {
        return mode != ClusterTls.Mode.PREFER;
    }
}
