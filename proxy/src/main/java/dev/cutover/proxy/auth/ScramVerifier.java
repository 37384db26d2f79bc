// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import com.ongres.scram.common.ScramFunctions;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server keeps to check a password by SCRAM-SHA-256, written as PostgreSQL does in
 * {@code pg_authid.rolpassword}: {@code SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>}.
 */
record ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
    static final int DEFAULT_ITERATIONS = 4096;
    static final int SALT_LENGTH = 16;
    private static final int KEY_LENGTH = 32;

    private static final Pattern FORMAT =
            Pattern.compile("SCRAM-SHA-256\\$(\\d{1,9}):([A-Za-z0-9+/=]+)\\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)");

    static ScramVerifier parse(String text) {
        Matcher matcher = FORMAT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a SCRAM-SHA-256 verifier");
        }
        Base64.Decoder base64 = Base64.getDecoder();
        ScramVerifier verifier = new ScramVerifier(
                Integer.parseInt(matcher.group(1)),
                base64.decode(matcher.group(2)),
                base64.decode(matcher.group(3)),
                base64.decode(matcher.group(4)));
        if (verifier.storedKey.length != KEY_LENGTH || verifier.serverKey.length != KEY_LENGTH) {
            throw new IllegalArgumentException("not a SCRAM-SHA-256 verifier: a key has the wrong length");
        }
        return verifier;
    }

    static ScramVerifier ofPassword(String password, byte[] salt, int iterations) {
        return of(ScramKeys.derive(password, salt, iterations), salt, iterations);
    }

    static ScramVerifier of(ScramKeys keys, byte[] salt, int iterations) {
        byte[] storedKey = ScramFunctions.storedKey(ScramKeys.MECHANISM, keys.clientKey());
        return new ScramVerifier(iterations, salt, storedKey, keys.serverKey());
    }
}
