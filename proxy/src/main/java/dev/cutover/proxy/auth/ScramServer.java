// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import com.ongres.scram.common.ScramFunctions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677), with channel binding where there is TLS.
 *
 * <pre>
 * client-first:  n,,n=&lt;ignored&gt;,r=&lt;client nonce&gt;
 * server-first:  r=&lt;client nonce&gt;&lt;server nonce&gt;,s=&lt;salt&gt;,i=&lt;iterations&gt;
 * client-final:  c=&lt;base64 of the part before n=&gt;,r=&lt;both nonces&gt;,p=&lt;proof&gt;
 * server-final:  v=&lt;server signature&gt;
 * </pre>
 */
final class ScramServer {
    private final ScramVerifier verifier;
    private final String serverNonce;
    private final byte @Nullable [] endPoint;
    private @Nullable String clientFirstBare;
    private @Nullable String serverFirst;
    private @Nullable String gs2Header;

    ScramServer(ScramVerifier verifier, String serverNonce) {
        this(verifier, serverNonce, null);
    }

    /** @param endPoint what a client can bind to; null if there is nothing */
    ScramServer(ScramVerifier verifier, String serverNonce, byte @Nullable [] endPoint) {
        this.endPoint = endPoint;
        this.verifier = verifier;
        this.serverNonce = serverNonce;
    }

    boolean bindable() {
        return endPoint != null;
    }

    /**
     * @param bound whether the client chose the mechanism with channel binding
     * @return server-first, or null if the message is malformed
     */
    @Nullable String first(String clientFirst, boolean bound) {
        int firstComma = clientFirst.indexOf(',');
        int secondComma = clientFirst.indexOf(',', firstComma + 1);
        if (firstComma < 0 || secondComma < 0) {
            return null;
        }
        String binding = clientFirst.substring(0, firstComma);
        // "y": the client could bind and believes that we cannot. Where we can, somebody between us took the offer
        // away.
        boolean fits = bound
                ? endPoint != null && clientFirst.startsWith(Authentication.BOUND)
                : binding.equals("n") || (binding.equals("y") && endPoint == null);
        if (!fits) {
            return null;
        }
        String bare = clientFirst.substring(secondComma + 1);
        String nonce = attribute(bare, 'r');
        if (nonce == null || nonce.isEmpty() || !bare.startsWith("n=")) {
            return null;
        }
        gs2Header = clientFirst.substring(0, secondComma + 1);
        clientFirstBare = bare;
        serverFirst = "r=" + nonce + serverNonce + ",s=" + Base64.getEncoder().encodeToString(verifier.salt()) + ",i="
                + verifier.iterations();
        return serverFirst;
    }

    /** The outcome of a proof that was right. */
    record Proven(String serverFinal, ScramKeys keys) {}

    /** @return null if the proof is wrong or the message malformed; the client is sent the same in both cases */
    @Nullable Proven last(String clientFinal) {
        int proofAt = clientFinal.lastIndexOf(",p=");
        if (proofAt < 0 || clientFirstBare == null || serverFirst == null || gs2Header == null) {
            return null;
        }
        String withoutProof = clientFinal.substring(0, proofAt);
        String nonce = attribute(withoutProof, 'r');
        String expectedNonce = attribute(serverFirst, 'r');
        String expectedBinding = "c=" + binding(gs2Header, endPoint) + ",";
        if (nonce == null || !nonce.equals(expectedNonce) || !withoutProof.startsWith(expectedBinding)) {
            return null;
        }
        byte[] proof;
        try {
            proof = Base64.getDecoder().decode(clientFinal.substring(proofAt + 3));
        } catch (IllegalArgumentException e) {
            return null;
        }
        String authMessage = clientFirstBare + "," + serverFirst + "," + withoutProof;
        byte[] signature = ScramFunctions.clientSignature(ScramKeys.MECHANISM, verifier.storedKey(), authMessage);
        if (proof.length != signature.length) {
            return null;
        }
        byte[] clientKey = ScramFunctions.clientProof(proof, signature);
        byte[] storedKey = ScramFunctions.storedKey(ScramKeys.MECHANISM, clientKey);
        if (!MessageDigest.isEqual(storedKey, verifier.storedKey())) {
            return null;
        }
        byte[] serverSignature = ScramFunctions.serverSignature(ScramKeys.MECHANISM, verifier.serverKey(), authMessage);
        return new Proven(
                "v=" + Base64.getEncoder().encodeToString(serverSignature),
                new ScramKeys(clientKey, verifier.serverKey()));
    }

    /** The base64 of the header, and of what it binds to if it says so. */
    static String binding(String gs2Header, byte @Nullable [] endPoint) {
        byte[] header = gs2Header.getBytes(StandardCharsets.US_ASCII);
        if (endPoint == null || !gs2Header.startsWith("p=")) {
            return Base64.getEncoder().encodeToString(header);
        }
        byte[] both = Arrays.copyOf(header, header.length + endPoint.length);
        System.arraycopy(endPoint, 0, both, header.length, endPoint.length);
        return Base64.getEncoder().encodeToString(both);
    }

    private static @Nullable String attribute(String message, char name) {
        for (String part : message.split(",", -1)) {
            if (part.length() > 1 && part.charAt(0) == name && part.charAt(1) == '=') {
                return part.substring(2);
            }
        }
        return null;
    }
}
