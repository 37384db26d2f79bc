// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What ties a SCRAM exchange to the TLS connection that it runs in: {@code tls-server-end-point} (RFC 5929, section 4), a
 * hash of the server's certificate.
 */
public final class ChannelBinding {
    private ChannelBinding() {}

    /** @return null for a certificate whose signature names no hash: nothing can be bound to it */
    public static byte @Nullable [] tlsServerEndPoint(X509Certificate certificate) {
        String signature = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        int with = signature.indexOf("WITH");
        if (with < 0) {
            return null;
        }
        String hash = signature.substring(0, with);
        if (hash.equals("MD5") || hash.equals("SHA1")) {
            hash = "SHA256";
        }
        try {
            return MessageDigest.getInstance(hash.replaceFirst("^SHA", "SHA-")).digest(certificate.getEncoded());
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            return null;
        }
    }
}
