// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.ClusterTls;
import dev.cutover.config.ListenTls;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the {@code tls} keys. */
final class TlsLoader {
    private final Path file;

    TlsLoader(Path file) {
        this.file = file;
    }

    /** {@code listen.tls} */
    @Nullable ListenTls listen(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return null;
        }
        ListenTls.Mode mode = node.get("mode").choice(ListenTls.Mode.class, ListenTls.Mode.OPTIONAL);
        ListenTls tls = new ListenTls(
                mode, existing(node.require("cert")), existing(node.require("key")), optional(node.get("client-ca")));
        node.noOtherKeys();
        return tls;
    }

    /** {@code clusters.NAME.tls} */
    ClusterTls cluster(YamlNode node) throws ConfigException {
        ClusterTls.Mode mode = node.get("mode").choice(ClusterTls.Mode.class, ClusterTls.Mode.DISABLE);
        YamlNode ca = node.get("ca");
        YamlNode certificate = node.get("cert");
        YamlNode key = node.get("key");
        if (mode.verifies() && !ca.present()) {
            throw ca.complaint("is missing; the server's certificate is verified against it");
        }
        if (certificate.present() != key.present()) {
            throw (certificate.present() ? key : certificate).complaint("is missing; cert and key go together");
        }
        ClusterTls tls = new ClusterTls(mode, optional(ca), optional(certificate), optional(key));
        node.noOtherKeys();
        return tls;
    }

    private @Nullable Path optional(YamlNode node) throws ConfigException {
        return node.present() ? existing(node) : null;
    }

    private Path existing(YamlNode node) throws ConfigException {
        Path path = file.toAbsolutePath().resolveSibling(node.text());
        if (!Files.isReadable(path)) {
            throw node.complaint("cannot read " + path);
        }
        return path;
    }
}
