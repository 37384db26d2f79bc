// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import com.ongres.scram.common.ScramFunctions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one SCRAM-SHA-256 exchange. It is our own because it must work without the password too, from
 * the keys that the proxy's client proved to have; see {@link ScramServer} for the messages.
 */
final class ScramClient {
    /** Finds the keys for the salt and iteration count that the server names; null if there is no way. */
    interface KeySource {
        @Nullable ScramKeys keys(byte[] salt, int iterations);
    }

    private final KeySource source;
    private final String nonce;
    private String header = "n,,";
    private byte @Nullable [] endPoint;
    private String authMessage = "";
    private @Nullable ScramKeys keys;

    ScramClient(KeySource source, String nonce) {
        this.source = source;
        this.nonce = nonce;
    }

    /**
     * @param offered whether the server offers the mechanism with channel binding
     * @param serverEndPoint what can be bound to; null if there is nothing
     */
    String first(boolean offered, byte @Nullable [] serverEndPoint) {
        endPoint = serverEndPoint;
        header = serverEndPoint == null ? "n,," : offered ? Authentication.BOUND : "y,,";
        return header + firstBare();
    }

    boolean bound() {
        return header.equals(Authentication.BOUND);
    }

    private String firstBare() {
        return "n=,r=" + nonce;
    }

    /** @return client-final, or null if the server's message is malformed or no keys fit */
    @Nullable String last(String serverFirst) {
        String[] parts = serverFirst.split(",", -1);
        if (parts.length < 3
                || !parts[0].startsWith("r=" + nonce)
                || !parts[1].startsWith("s=")
                || !parts[2].startsWith("i=")) {
            return null;
        }
        byte[] salt;
        int iterations;
        try {
            salt = Base64.getDecoder().decode(parts[1].substring(2));
            iterations = Integer.parseInt(parts[2].substring(2));
        } catch (IllegalArgumentException e) {
            return null;
        }
        ScramKeys found = source.keys(salt, iterations);
        if (found == null) {
            return null;
        }
        keys = found;
        String withoutProof = "c=" + ScramServer.binding(header, endPoint) + "," + parts[0];
        authMessage = firstBare() + "," + serverFirst + "," + withoutProof;
        byte[] storedKey = ScramFunctions.storedKey(ScramKeys.MECHANISM, found.clientKey());
        byte[] signature = ScramFunctions.clientSignature(ScramKeys.MECHANISM, storedKey, authMessage);
        byte[] proof = ScramFunctions.clientProof(found.clientKey(), signature);
        return withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof);
    }

    /** Whether the server has proved that it knows the password's verifier. */
    boolean verify(String serverFinal) {
        if (keys == null) {
            return false;
        }
        byte[] signature = ScramFunctions.serverSignature(ScramKeys.MECHANISM, keys.serverKey(), authMessage);
        String expected = "v=" + Base64.getEncoder().encodeToString(signature);
        return MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.US_ASCII), serverFinal.getBytes(StandardCharsets.US_ASCII));
    }
}
