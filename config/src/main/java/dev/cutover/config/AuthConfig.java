// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How clients prove who they are.
 *
 * @param users by role name. Under {@link Method#TRUST} they serve only to log in to backends that ask for a password
 * @param query finds the verifiers of roles that {@code users} does not have; null for none
 */
public record AuthConfig(
        Method method, Map<String, User> users, @Nullable Query query) {
    /** Without a query. */
    public AuthConfig(Method method, Map<String, User> users) {
        this(method, users, null);
    }

    public enum Method {
        /** Anybody is who they say. Only where the proxy listens on loopback. */
        TRUST,
        SCRAM_SHA_256
    }

    /**
     * Where verifiers are looked up.
     *
     * @param cluster a key of {@code clusters}
     * @param login the role that may read them
     * @param sql one row per role; its last column is the verifier. {@code $1} is the role's name
     * @param cache how long an answer holds; default 60s, zero asks at each login
     */
    public record Query(String cluster, String database, Login login, String sql, Duration cache) {}

    /**
     * A client role. At least one of the two is set.
     *
     * @param password plain; also used to log in to the backend
     * @param verifier {@code SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey}, as in {@code pg_authid.rolpassword}
     */
    public record User(@Nullable Secret password, @Nullable Secret verifier) {}
}
