package dev.cutover.proxy.auth;

import com.ongres.scram.common.ScramFunctions;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Decides who a client is, and remembers what logs its role in to backends. */
public final class ClientAuthenticator {
    private static final int NONCE_LENGTH = 24;

    private final AuthConfig config;
    private final SecureRandom random;
    private final byte[] mockSecret = new byte[32];
    private final Map<String, ScramVerifier> verifiers = new ConcurrentHashMap<>();
    private final Map<String, ProvenKeys> proven = new ConcurrentHashMap<>();
    private final Map<Derivation, ScramKeys> derived = new ConcurrentHashMap<>();

    public ClientAuthenticator(AuthConfig config, SecureRandom random) {
        this.config = config;
        this.random = random;
        random.nextBytes(mockSecret);
    }

    /** Keys that a client of the role proved to have, and what they hold for. */
    record ProvenKeys(byte[] salt, int iterations, ScramKeys keys) {}

    /**
     * Begins the login of one client.
     *
     * @param endPoint of the client's TLS connection, for channel binding; null without TLS
     */
    public ClientLogin begin(String user, byte @Nullable [] endPoint) {
        if (config.method() == AuthConfig.Method.TRUST) {
            return ClientLogin.trusted();
        }
        boolean known = config.users().containsKey(user);
        ScramVerifier verifier = known ? verifiers.computeIfAbsent(user, this::verifier) : mockVerifier(user);
        return ClientLogin.scram(
                user,
                new ScramServer(verifier, nonce(), endPoint),
                known,
                keys -> proven.put(user, new ProvenKeys(verifier.salt(), verifier.iterations(), keys)));
    }

    /** What logs the role in to backends. */
    public BackendCredentials credentials(String user) {
        AuthConfig.User entry = config.users().get(user);
        Secret password = entry == null ? null : entry.password();
        return new BackendCredentials(
                user, password == null ? null : password.value(), proven.get(user), this::nonce, this::derive);
    }

    /** What a server's verifier for a user is made of. As many as there are users and servers. */
    private record Derivation(String password, String salt, int iterations) {}

    private ScramKeys derive(String password, byte[] salt, int iterations) {
        return derived.computeIfAbsent(
                new Derivation(password, Base64.getEncoder().encodeToString(salt), iterations),
                missing -> ScramKeys.derive(password, salt, iterations));
    }

    private ScramVerifier verifier(String user) {
        AuthConfig.User entry = config.users().get(user);
        Secret verifier = entry == null ? null : entry.verifier();
        if (verifier != null) {
            return ScramVerifier.parse(verifier.value());
        }
        Secret password = entry == null ? null : entry.password();
        if (password == null) {
            return mockVerifier(user);
        }
        byte[] salt = new byte[ScramVerifier.SALT_LENGTH];
        random.nextBytes(salt);
        return ScramVerifier.ofPassword(password.value(), salt, ScramVerifier.DEFAULT_ITERATIONS);
    }

    /**
     * A verifier that no proof satisfies. Its salt depends on the name alone, as a real one would, so that asking twice
     * does not tell an unknown user from one with a wrong password.
     */
    private ScramVerifier mockVerifier(String user) {
        byte[] seed = ScramFunctions.hmac(ScramKeys.MECHANISM, mockSecret, user.getBytes(StandardCharsets.UTF_8));
        byte[] salt = Arrays.copyOf(seed, ScramVerifier.SALT_LENGTH);
        return new ScramVerifier(ScramVerifier.DEFAULT_ITERATIONS, salt, seed, seed);
    }

    private String nonce() {
        return ScramFunctions.nonce(NONCE_LENGTH, random);
    }
}
