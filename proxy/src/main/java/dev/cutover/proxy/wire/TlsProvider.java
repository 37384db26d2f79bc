// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;

/** Whose TLS it is: that of netty-tcnative (BoringSSL) where it is there, else the JDK's. */
public final class TlsProvider {
    /** System property: {@code openssl} or {@code jdk}. Default: openssl where it is there. */
    public static final String PROPERTY = "cutover.tls";

    private TlsProvider() {}

    public static SslProvider choose() {
        return OpenSsl.isAvailable() && !System.getProperty(PROPERTY, "openssl").equals("jdk")
                ? SslProvider.OPENSSL
                : SslProvider.JDK;
    }
}
