// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What logs a role in to a backend: its password, or the SCRAM keys that its client proved to have. */
public final class BackendCredentials {
    private final String user;
    private final @Nullable String password;
    private final @Nullable ProvenKeys proven;
    private final Supplier<String> nonces;
    private final Derivation derivation;

    /** Derives keys from a password, or remembers that it has. */
    interface Derivation {
        ScramKeys derive(String password, byte[] salt, int iterations);
    }

    BackendCredentials(
            String user,
            @Nullable String password,
            @Nullable ProvenKeys proven,
            Supplier<String> nonces,
            Derivation derivation) {
        this.derivation = derivation;
        this.user = user;
        this.password = password;
        this.proven = proven;
        this.nonces = nonces;
    }

    public String user() {
        return user;
    }

    /** A nonce for one login. */
    String nonce() {
        return nonces.get();
    }

    @Nullable String password() {
        return password;
    }

    @Nullable ScramKeys scramKeys(byte[] salt, int iterations) {
        if (password != null) {
            return derivation.derive(password, salt, iterations);
        }
        if (proven != null && proven.iterations() == iterations && Arrays.equals(proven.salt(), salt)) {
            return proven.keys();
        }
        return null;
    }
}
