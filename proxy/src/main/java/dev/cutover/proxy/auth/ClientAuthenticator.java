// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import com.ongres.scram.common.ScramFunctions;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.Secret;
import dev.cutover.proxy.auth.BackendCredentials.Derivation;
import dev.cutover.proxy.wire.ErrorFields;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides who a client is, and remembers what logs its role in to backends.
 *
 * <p>A role that is not known and a wrong password cannot be told apart: for the first there is a verifier too, which no
 * proof satisfies, of the same shape and made by as much work. Keys are derived from passwords when the configuration is
 * read, never during a login.
 */
public final class ClientAuthenticator {
    private static final int NONCE_LENGTH = 24;

    private final SecureRandom random;
    private final Derivation derivation;
    private final byte[] saltSecret = new byte[32];
    private final Map<String, ProvenKeys> proven = new ConcurrentHashMap<>();
    private final Map<PasswordAndSalt, ScramKeys> derived = new ConcurrentHashMap<>();
    private volatile Users users;

    public ClientAuthenticator(AuthConfig config, SecureRandom random) {
        this(config, null, random, ScramKeys::derive);
    }

    /** @param query as {@link AuthConfig#query} says */
    public ClientAuthenticator(AuthConfig config, @Nullable AuthQuery query, SecureRandom random) {
        this(config, query, random, ScramKeys::derive);
    }

    ClientAuthenticator(AuthConfig config, @Nullable AuthQuery query, SecureRandom random, Derivation derivation) {
        this.random = random;
        this.derivation = derivation;
        random.nextBytes(saltSecret);
        this.users = users(config, query);
    }

    /** Who may log in. */
    private record Users(
            AuthConfig config,
            Map<String, ScramVerifier> verifiers,
            int mockIterations,
            @Nullable AuthQuery query) {}

    /** Other users may log in from now on; whoever is logged in stays. Derives keys, so it takes a while. */
    public void reconfigure(AuthConfig config, @Nullable AuthQuery query) {
        users = users(config, query);
    }

    private Users users(AuthConfig config, @Nullable AuthQuery query) {
        Map<String, ScramVerifier> verifiers = new HashMap<>();
        Map<Integer, Integer> iterations = new HashMap<>();
        if (config.method() == AuthConfig.Method.TRUST) {
            // Passwords serve only to log in to servers.
            return new Users(config, verifiers, ScramVerifier.DEFAULT_ITERATIONS, query);
        }
        config.users().forEach((user, entry) -> {
            if (entry.verifier() != null) {
                verifiers.put(user, ScramVerifier.parse(entry.verifier().value()));
            } else if (entry.password() != null) {
                verifiers.put(user, derive(user, entry.password()));
            }
        });
        verifiers.values().forEach(verifier -> iterations.merge(verifier.iterations(), 1, Integer::sum));
        int usual = iterations.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(ScramVerifier.DEFAULT_ITERATIONS);
        return new Users(config, verifiers, usual, query);
    }

    private ScramVerifier derive(String user, Secret password) {
        byte[] salt = salt(user);
        int iterations = ScramVerifier.DEFAULT_ITERATIONS;
        return ScramVerifier.of(derived(password.value(), salt, iterations), salt, iterations);
    }

    /**
     * Begins the login of one client. One of the two is called, at once or, where the user must be looked up, later on the
     * loop.
     *
     * @param endPoint of the client's TLS connection, for channel binding; null without TLS
     */
    public void begin(
            String user,
            byte @Nullable [] endPoint,
            Executor loop,
            Consumer<ClientLogin> ready,
            Consumer<ErrorFields> failed) {
        Users now = users;
        if (now.config().method() == AuthConfig.Method.TRUST) {
            ready.accept(ClientLogin.trusted());
            return;
        }
        ScramVerifier verifier = now.verifiers().get(user);
        AuthQuery query = now.query();
        if (verifier != null || query == null) {
            ready.accept(login(user, verifier, endPoint, now.mockIterations(), () -> {}));
            return;
        }
        query.find(user)
                .whenCompleteAsync(
                        (found, failure) -> {
                            if (failure == null) {
                                ready.accept(login(
                                        user,
                                        found.orElse(null),
                                        endPoint,
                                        now.mockIterations(),
                                        () -> query.forget(user)));
                            } else {
                                failed.accept(lookUpFailed());
                            }
                        },
                        loop);
    }

    private ClientLogin login(
            String user,
            @Nullable ScramVerifier verifier,
            byte @Nullable [] endPoint,
            int mockIterations,
            Runnable onRefusal) {
        ScramVerifier used = verifier == null ? mockVerifier(user, mockIterations) : verifier;
        return ClientLogin.scram(
                user,
                new ScramServer(used, nonce(), endPoint),
                verifier != null,
                keys -> proven.put(user, new ProvenKeys(used.salt(), used.iterations(), keys)),
                onRefusal);
    }

    /** Says nothing of the user. */
    private static ErrorFields lookUpFailed() {
        return ErrorFields.fatal(
                "08001",
                "the proxy cannot look up users at this moment",
                "The database of auth.query does not answer as it should; the proxy's log has the reason.");
    }

    /** What logs the role in to backends. */
    public BackendCredentials credentials(String user) {
        AuthConfig.User entry = users.config().users().get(user);
        Secret password = entry == null ? null : entry.password();
        return new BackendCredentials(
                user, password == null ? null : password.value(), proven.get(user), this::nonce, this::derived);
    }

    /** What keys are derived from. As many as there are users and servers. */
    private record PasswordAndSalt(String password, String salt, int iterations) {}

    private ScramKeys derived(String password, byte[] salt, int iterations) {
        return derived.computeIfAbsent(
                new PasswordAndSalt(password, Base64.getEncoder().encodeToString(salt), iterations),
                missing -> derivation.derive(password, salt, iterations));
    }

    /** A verifier that no proof satisfies. */
    private ScramVerifier mockVerifier(String user, int iterations) {
        byte[] salt = salt(user);
        byte[] keys = ScramFunctions.hmac(ScramKeys.MECHANISM, saltSecret, salt);
        return new ScramVerifier(iterations, salt, keys, keys);
    }

    /** The same each time that it is asked for, whether the user is known or not. */
    private byte[] salt(String user) {
        byte[] seed = ScramFunctions.hmac(ScramKeys.MECHANISM, saltSecret, user.getBytes(StandardCharsets.UTF_8));
        return Arrays.copyOf(seed, ScramVerifier.SALT_LENGTH);
    }

    private String nonce() {
        return ScramFunctions.nonce(NONCE_LENGTH, random);
    }
}
