// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import dev.cutover.config.CutoverConfig;
import dev.cutover.proxy.control.store.FleetMembership;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/** What this proxy says of itself to the others of its fleet. */
public final class FleetMember {
    private static final int DIGEST_BYTES = 6;

    private FleetMember() {}

    public static FleetMembership.Described of(CutoverConfig config, IntSupplier sessions) {
        String version = FleetMember.class.getPackage().getImplementationVersion();
        return new FleetMembership.Described(
                config.listen().toString(),
                Objects.requireNonNullElse(version, "from source"),
                digest(config),
                sessions);
    }

    /** Of what the proxies of a fleet must agree on; where each listens does not matter. Secrets have no part in it. */
    public static String digest(CutoverConfig config) {
        // Tenants that came while the proxy ran stand in another order than after a restart.
        String text = List.of(
                        config.auth(),
                        config.limits(),
                        config.clusters(),
                        new TreeMap<>(config.tenants()),
                        Optional.ofNullable(config.catalog()),
                        config.features())
                .toString();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
