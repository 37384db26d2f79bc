// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards a server, with libpq's modes. The files are PEM.
 *
 * @param mode default disable
 * @param ca who must have signed the server's certificate; needed for verify-ca and verify-full
 * @param certificate the proxy's own, for a server that asks for one; null for none
 * @param key set if and only if {@code certificate} is
 */
public record ClusterTls(
        Mode mode,
        @Nullable Path ca,
        @Nullable Path certificate,
        @Nullable Path key) {
    public static final ClusterTls DISABLED = new ClusterTls(Mode.DISABLE, null, null, null);

    public enum Mode {
        DISABLE,
        PREFER,
        REQUIRE,
        VERIFY_CA,
        VERIFY_FULL;

        /** Whether the server's certificate must be signed by the configured authority. */
        public boolean verifies() {
            return this == VERIFY_CA || this == VERIFY_FULL;
        }
    }
}
