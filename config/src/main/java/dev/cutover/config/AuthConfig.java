package dev.cutover.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How clients prove who they are.
 *
 * @param users by role name. Under {@link Method#TRUST} they serve only to log in to backends that ask for a password
 */
public record AuthConfig(Method method, Map<String, User> users) {
    public enum Method {
        /** Anybody is who they say. Only where the proxy listens on loopback. */
        TRUST,
        SCRAM_SHA_256
    }

    /**
     * A client role. At least one of the two is set.
     *
     * @param password plain; also used to log in to the backend
     * @param verifier {@code SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey}, as in {@code pg_authid.rolpassword}
     */
    public record User(@Nullable Secret password, @Nullable Secret verifier) {}
}
