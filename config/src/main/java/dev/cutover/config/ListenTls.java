// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards clients. The files are PEM, and are read again when they have changed.
 *
 * @param mode whether a client may go without; default optional
 * @param certificate the proxy's own, with its chain
 * @param clientCa who must have signed the certificates of clients; null asks for none
 */
public record ListenTls(
        Mode mode, Path certificate, Path key, @Nullable Path clientCa) {
    public enum Mode {
        OPTIONAL,
        REQUIRED
    }
}
